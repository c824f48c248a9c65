namespace PyTake.Telemetry;

/// <summary>
/// Which signals are sent to an OpenTelemetry collector, by the standard variables (OTEL_EXPORTER_OTLP_ENDPOINT and the like; OpenTelemetry
/// itself reads all others). Without a collector nothing is exported, and nothing is collected for export.
/// </summary>
internal sealed class OtlpSettings(IConfiguration configuration)
{
    public bool Traces => Sends("TRACES");

    public bool Metrics => Sends("METRICS");

    public bool Logs => Sends("LOGS");

    private bool Sends(string signal)
    {
        var (key, exporter) = ($"OTEL_{signal}_EXPORTER", Text($"OTEL_{signal}_EXPORTER") ?? "otlp");
        if (exporter is not ("otlp" or "none")) throw new InvalidOperationException($"{key} is {exporter}; it may be otlp or none");
        var hasCollector = Text("OTEL_EXPORTER_OTLP_ENDPOINT") is not null || Text($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is not null;
        return exporter == "otlp" && hasCollector && !bool.TrueString.Equals(Text("OTEL_SDK_DISABLED"), StringComparison.OrdinalIgnoreCase);
    }

    private string? Text(string key) => configuration[key]?.Trim() is { Length: > 0 } text ? text : null;
}
