using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace PyTake.Telemetry;

/// <summary>
/// What OpenTelemetry could not do, in the node's own log: a collector that cannot be reached, a batch that it refused. OpenTelemetry
/// tells that to its event sources alone, where nobody reads it
/// (https://github.com/open-telemetry/opentelemetry-dotnet/blob/main/src/OpenTelemetry/README.md#self-diagnostics).
/// </summary>
internal sealed partial class TelemetryTroubles(ILogger<TelemetryTroubles> logger, TimeProvider time) : EventListener
{
    // Each of them once in a while: the log itself may be what cannot be sent.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // By what failed and where: an event's first part is the collector's address, the instrument's or the processor's name.
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
        LogTrouble(string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload?.Select(FirstLine) ?? []]));
    }

    // An exception comes with its whole stack.
    private static string FirstLine(object? part) => $"{part}".Split('\n', 2)[0].TrimEnd();

    [LoggerMessage(8030, LogLevel.Warning, "OpenTelemetry: {Trouble}")]
    private partial void LogTrouble(string trouble);
}
