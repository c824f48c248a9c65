using Microsoft.Extensions.Configuration.Memory;
using OpenTelemetry.Logs;
using PyTake.Hosting;

namespace PyTake.Telemetry;

internal static class TelemetrySetup
{
    /// <summary>
    /// Metrics, traces and logs, as far as settings ask for them. Before everything else: what is registered first starts first and stops
    /// last, so that a node is seen also while it waits for its database, and while it drains.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var otlp = new OtlpSettings(builder.Configuration);
        AddLogs(builder, otlp);

        // Requests' spans say what was asked then, as they do by themselves from ASP.NET Core 11 on. It costs each request something.
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
        => builder.Configuration[$"{MetricsOptions.Section}:{nameof(MetricsOptions.MetricsUrl)}"] is { Length: > 0 } || new OtlpSettings(builder.Configuration).Metrics;

    /// <summary>Begins to listen, before anything that counts is made, so that counters are there from the start, at zero.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        var otlp = app.Services.GetRequiredService<OtlpSettings>();
        if (otlp.Traces || otlp.Metrics || otlp.Logs) app.Services.GetRequiredService<TelemetryTroubles>();
        app.Services.GetRequiredService<TelemetryExport>();
        if (otlp.Traces) app.Use(RequestSpans.CompleteAsync);
    }

    // Defaults that any setting of the section Logging overrides. A person at a terminal reads lines, everybody else reads JSON.
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
