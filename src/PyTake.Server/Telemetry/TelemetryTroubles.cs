using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace PyTake.Telemetry;

/// <summary>
/// Logs OpenTelemetry's own errors, such as a collector that cannot be reached or that refused a batch. OpenTelemetry
/// writes them only to its event sources, where nobody reads them
/// (https://github.com/open-telemetry/opentelemetry-dotnet/blob/main/src/OpenTelemetry/README.md#self-diagnostics).
/// </summary>
internal sealed partial class TelemetryTroubles(ILogger<TelemetryTroubles> logger, TimeProvider time) : EventListener
{
    // Each error is logged at most once in this time: the log itself may be what cannot be exported.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // By the kind of error and its place: an event's first argument is the address of the collector, or the name of the instrument or processor.
    private readonly ConcurrentDictionary<(string Source, int EventId, string? Where), DateTimeOffset> _quietUntil = new();

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name.StartsWith("OpenTelemetry-", StringComparison.Ordinal)) EnableEvents(eventSource, EventLevel.Error);
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        var (kind, now) = ((eventData.EventSource.Name, eventData.EventId, eventData.Payload?.FirstOrDefault() as string), time.GetUtcNow());
        if (_quietUntil.TryGetValue(kind, out var quietUntil) && now < quietUntil) return;
        _quietUntil[kind] = now + Pause;
        LogTrouble(string.Format(
            CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload?.Select(FirstLine) ?? []]));
    }

    // Without the stack trace that an exception comes with.
    private static string FirstLine(object? part) => $"{part}".Split('\n', 2)[0].TrimEnd();

    [LoggerMessage(8030, LogLevel.Warning, "OpenTelemetry: {Trouble}")]
    private partial void LogTrouble(string trouble);
}
