using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PyTake.Hosting;

namespace PyTake.Telemetry;

/// <summary>
/// Sets up OpenTelemetry as far as it is configured: traces and metrics for a collector, metrics for Prometheus. It listens once it is created.
/// </summary>
internal sealed class TelemetryExport : IDisposable
{
    private static readonly string[] Meters =
    [
        "PyTake.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Http.Connections",
        "Npgsql", "System.Net.Http", "System.Runtime",
    ];

    private static readonly string[] Sources =
        [Tracing.Name, "Microsoft.AspNetCore", "Microsoft.AspNetCore.SignalR.Server", "Npgsql", "System.Net.Http"];

    private readonly IConfiguration _configuration;
    private readonly ResourceBuilder _resource;
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    public TelemetryExport(IConfiguration configuration, OtlpSettings otlp, IOptions<NodeOptions> node, IOptions<MetricsOptions> metrics)
    {
        (_configuration, _resource) = (configuration, ResourceOf(node.Value));
        var isScraped = metrics.Value.MetricsUrl.Length > 0;
        if (isScraped) Page = new PrometheusText();
        if (isScraped || otlp.Metrics) _metrics = BuildMetrics(otlp.Metrics);
        if (otlp.Traces) _traces = BuildTraces();
    }

    /// <summary>The metrics for Prometheus; null if they are not configured.</summary>
    public PrometheusText? Page { get; }

    /// <summary>Identifies this node as the source of telemetry. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence.</summary>
    public static ResourceBuilder ResourceOf(NodeOptions node) => ResourceBuilder.CreateEmpty()
        .AddService("pytake", serviceVersion: ProgramVersion.Text, autoGenerateServiceInstanceId: false, serviceInstanceId: node.Name)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    /// <summary>Flushes what has not been exported yet.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private MeterProvider BuildMetrics(bool sends)
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(_configuration))
            .SetResourceBuilder(_resource)
            .AddMeter(Meters)
            .AddView("signalr.server.connection.duration", new ExplicitBucketHistogramConfiguration { Boundaries = Buckets.Connections })
            .AddView("kestrel.connection.duration", new ExplicitBucketHistogramConfiguration { Boundaries = Buckets.Connections });
        if (Page is not null) builder.AddReader(Page.Reader);
        if (sends) builder.AddOtlpExporter();
        return builder.Build();
    }

    private TracerProvider BuildTraces() => Sdk.CreateTracerProviderBuilder()
        .ConfigureServices(services => services.AddSingleton(_configuration))
        .SetResourceBuilder(_resource)
        .AddSource(Sources)
        .AddOtlpExporter()
        .Build();
}
