using Microsoft.Extensions.Configuration.Memory;
using OpenTelemetry.Logs;
using PyTake.Hosting;

namespace PyTake.Telemetry;

internal static class TelemetrySetup
{
    /// <summary>
    /// Registers metrics, traces and logs, as far as they are configured. It must be called first: services start in the order of their
    /// registration and stop in reverse, so that a node has telemetry also while it waits for its database, and while it drains.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var otlp = new OtlpSettings(builder.Configuration);
        AddLogs(builder, otlp);

        // Adds the attributes of the request to its span, which is the default from ASP.NET Core 11 on. It has a small cost per request.
        if (otlp.Traces) AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

        var services = builder.Services;
        services.AddSingleton(otlp);
        services.AddSettings<MetricsOptions>(MetricsOptions.Section);
        services.AddSingleton<TelemetryExport>();
        services.AddSingleton<TelemetryTroubles>();
        if (builder.HasMetrics()) services.AddHostedService<MetricsServer>();
    }

    /// <summary>Whether anything reads the node's metrics.</summary>
    public static bool HasMetrics(this WebApplicationBuilder builder)
        => builder.Configuration[$"{MetricsOptions.Section}:{nameof(MetricsOptions.MetricsUrl)}"] is { Length: > 0 }
            || new OtlpSettings(builder.Configuration).Metrics;

    /// <summary>Starts to listen. It must be called before any meter is created, so that counters are reported from the start, at zero.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        var otlp = app.Services.GetRequiredService<OtlpSettings>();
        if (otlp.Traces || otlp.Metrics || otlp.Logs) app.Services.GetRequiredService<TelemetryTroubles>();
        app.Services.GetRequiredService<TelemetryExport>();
        if (otlp.Traces) app.Use(RequestSpans.CompleteAsync);
    }

    // Defaults, which any setting of the section Logging overrides: plain lines on a terminal, JSON if the output is redirected.
    private static void AddLogs(WebApplicationBuilder builder, OtlpSettings otlp)
    {
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:Console:FormatterName"] = Console.IsOutputRedirected ? "json" : "simple",
                ["Logging:Console:FormatterOptions:IncludeScopes"] = Console.IsOutputRedirected ? "true" : "false",
                ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
                ["Logging:Console:FormatterOptions:TimestampFormat"] = Console.IsOutputRedirected ? "yyyy-MM-ddTHH:mm:ss.fffZ" : "HH:mm:ss ",
            },
        });
        if (otlp.Logs) builder.Logging.AddOpenTelemetry(logs =>
        {
            var node = new NodeOptions();
            builder.Configuration.GetSection(NodeOptions.Section).Bind(node);
            logs.SetResourceBuilder(TelemetryExport.ResourceOf(node)).AddOtlpExporter();
        });
    }
}
