using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Json;
using IPNetwork = System.Net.IPNetwork;

namespace PyTake.Http;

/// <summary>What stands in front of the nodes.</summary>
public sealed class HttpOptions : IValidatableObject
{
    public const string Section = "Http";

    /// <summary>Proxies whose X-Forwarded-For is believed: addresses or networks (10.0.0.0/8). Loopback always is.</summary>
    public string[] KnownProxies { get; set; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        => Settings.EachBroken(nameof(KnownProxies), KnownProxies, proxy => IPNetwork.TryParse(AsNetwork(proxy), out _), "must be an address or a network like 10.0.0.0/8");

    internal static string AsNetwork(string proxy) => proxy.Contains('/') ? proxy : proxy + (proxy.Contains(':') ? "/128" : "/32");
}

internal static class HttpSetup
{
    /// <summary>How requests are read, for every feature: JSON, the caller's address, and bodies that don't bind.</summary>
    public static void AddHttp(this WebApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(options => Wire.Configure(options.SerializerOptions));
        // Otherwise a body that does not bind is a bare 400 outside Development.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
        // A line or more for each request otherwise; and those of Diagnostics carry the query, where sockets have their token.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        // Its keys encrypt cookies, and there are none.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);

        builder.Services.AddSettings<HttpOptions>(HttpOptions.Section);
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<HttpOptions>>((forwarded, http) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            foreach (var proxy in http.Value.KnownProxies) forwarded.KnownIPNetworks.Add(IPNetwork.Parse(HttpOptions.AsNetwork(proxy)));
        });
    }
}
