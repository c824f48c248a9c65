using System.Diagnostics;
using System.Diagnostics.Metrics;
using PyTake.Telemetry;

namespace PyTake.Realtime;

/// <summary>How fast changes go out, how often streams and lists had to be repaired, and why connections were closed.</summary>
public sealed class RealtimeMetrics
{
    /// <summary>The meter's name.</summary>
    public const string Meter = "PyTake.Realtime";

    internal const string Hole = "hole";
    internal const string Check = "check";
    internal const string Join = "join";

    private readonly Histogram<double> _fanOut;
    private readonly Counter<long> _filled;
    private readonly Counter<long> _resynced;
    private readonly Counter<long> _repeated;
    private readonly Counter<long> _flushed;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _refused;

    public RealtimeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _fanOut = meter.CreateHistogram("pytake.realtime.fan_out.duration", "s",
            "From a commit to its changes written to this node's clients and handed to Redis", advice: Buckets.Short);
        _filled = meter.CreateCounter<long>("pytake.realtime.filled", "{fill}",
            "Times a room or list was filled from the database, by cause: hole, check, join");
        _resynced = meter.CreateCounter<long>("pytake.realtime.resyncs", "{event}", "Times clients were told to resync, by cause: hole, check, join");
        _repeated = meter.CreateCounter<long>("pytake.realtime.repeated", "{event}", "Changes that had been handed out before");
        _flushed = meter.CreateCounter<long>("pytake.realtime.inbox_changes", "{change}", "Changed conversations read for clients that watch a list");
        _closed = meter.CreateCounter<long>("pytake.realtime.closed", "{connection}", "Connections the node ended, by reason");
        _refused = meter.CreateCounter<long>("pytake.realtime.calls_refused", "{call}", "Hub calls over the limit");
        Begin();
    }

    internal void FannedOut(long since) => _fanOut.Record(Stopwatch.GetElapsedTime(since).TotalSeconds);

    internal void Filled(string cause) => _filled.Add(1, new KeyValuePair<string, object?>("cause", cause));

    internal void Resynced(string cause) => _resynced.Add(1, new KeyValuePair<string, object?>("cause", cause));

    internal void Repeated() => _repeated.Add(1);

    internal void Flushed(int changes) => _flushed.Add(changes);

    internal void Closed(CloseReason reason) => _closed.Add(1, Tag(reason));

    internal void Refused() => _refused.Add(1);

    // At zero from the start: a counter that appears with its first event hides that event from every rate.
    private void Begin()
    {
        foreach (var cause in (ReadOnlySpan<string>)[Hole, Check, Join])
        {
            _filled.Add(0, new KeyValuePair<string, object?>("cause", cause));
            _resynced.Add(0, new KeyValuePair<string, object?>("cause", cause));
        }
        foreach (var counter in (ReadOnlySpan<Counter<long>>)[_repeated, _flushed, _refused]) counter.Add(0);
        foreach (var reason in Enum.GetValues<CloseReason>()) _closed.Add(0, Tag(reason));
    }

    private static KeyValuePair<string, object?> Tag(CloseReason reason) => new("reason", reason switch
    {
        CloseReason.TokenExpired => "token_expired",
        CloseReason.SessionOver => "session_over",
        CloseReason.TooManyCalls => "too_many_calls",
        CloseReason.Draining => "draining",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    });
}
