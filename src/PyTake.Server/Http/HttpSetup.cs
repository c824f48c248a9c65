using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Json;
using IPNetwork = System.Net.IPNetwork;

namespace PyTake.Http;

/// <summary>The proxies in front of the nodes.</summary>
public sealed class HttpOptions : IValidatableObject
{
    public const string Section = "Http";

    /// <summary>Proxies whose X-Forwarded-For is trusted: addresses or networks (10.0.0.0/8). Loopback is always trusted.</summary>
    public string[] KnownProxies { get; set; } = [];

    /// <summary>
    /// How many connections a node keeps that are not WebSockets, so that those that do nothing cannot take its files from it; further ones are closed at once.
    /// nginx keeps 64 to it for each of its workers, and as many more as requests are under way.
    /// </summary>
    [Range(16, 1_000_000)] public int MaxConnections { get; set; } = 20_000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        => Settings.EachBroken(
            nameof(KnownProxies), KnownProxies, proxy => IPNetwork.TryParse(AsNetwork(proxy), out _), "must be an address or a network like 10.0.0.0/8");

    internal static string AsNetwork(string proxy) => proxy.Contains('/') ? proxy : proxy + (proxy.Contains(':') ? "/128" : "/32");
}

internal static class HttpSetup
{
    /// <summary>Configures how requests are read: JSON, the caller's address, and bodies that do not bind.</summary>
    public static void AddHttp(this WebApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(options => Wire.Configure(options.SerializerOptions));
        // Otherwise a body that does not bind is answered with an empty 400 outside Development.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            // Default 30 s: headers come in one piece.
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // Default 240 bytes a second, which keeps a body of 4 MB for hours. The slowest phone is faster than this, and nginx hands over whole bodies.
            options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 2048, gracePeriod: TimeSpan.FromSeconds(5));
            options.Limits.MaxConcurrentConnections = MaxConnections(builder.Configuration);
        });
        // Otherwise every request is logged, and Diagnostics logs the query, which holds the token of a socket.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        // It warns about how its keys are stored, but nothing is encrypted with them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);

        builder.Services.AddSettings<HttpOptions>(HttpOptions.Section);
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<HttpOptions>>((forwarded, http) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            foreach (var proxy in http.Value.KnownProxies) forwarded.KnownIPNetworks.Add(IPNetwork.Parse(HttpOptions.AsNetwork(proxy)));
        });
    }

    // Kestrel reads it before settings are validated, where a wrong one is named with all others.
    private static long? MaxConnections(IConfiguration configuration)
        => int.TryParse(configuration[$"{HttpOptions.Section}:{nameof(HttpOptions.MaxConnections)}"], out var most) && most > 0
            ? most
            : new HttpOptions().MaxConnections;
}
