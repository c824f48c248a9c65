using System.Diagnostics.Metrics;

namespace PyTake.Realtime;

/// <summary>What streams and lists had to do to stay whole, and what sockets did.</summary>
public sealed class RealtimeMetrics
{
    /// <summary>The meter's name.</summary>
    public const string Meter = "PyTake.Realtime";

    internal const string Hole = "hole";
    internal const string Check = "check";
    internal const string Join = "join";

    private readonly Counter<long> _filled;
    private readonly Counter<long> _resynced;
    private readonly Counter<long> _repeated;
    private readonly Counter<long> _flushed;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _refused;

    public RealtimeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _filled = meter.CreateCounter<long>("pytake.realtime.filled", "{fill}", "Times a room or list was filled from the database, by cause: hole, check");
        _resynced = meter.CreateCounter<long>("pytake.realtime.resyncs", "{event}", "Times clients were told to resync, by cause: hole, check, join");
        _repeated = meter.CreateCounter<long>("pytake.realtime.repeated", "{event}", "Changes that had been handed out before");
        _flushed = meter.CreateCounter<long>("pytake.realtime.inbox_changes", "{change}", "Changed conversations told to organizations");
        _closed = meter.CreateCounter<long>("pytake.realtime.closed", "{connection}", "Connections the node ended, by reason");
        _refused = meter.CreateCounter<long>("pytake.realtime.calls_refused", "{call}", "Hub calls over the limit");
    }

    internal void Filled(string cause) => _filled.Add(1, new KeyValuePair<string, object?>("cause", cause));

    internal void Resynced(string cause) => _resynced.Add(1, new KeyValuePair<string, object?>("cause", cause));

    internal void Repeated() => _repeated.Add(1);

    internal void Flushed(int changes) => _flushed.Add(changes);

    internal void Closed(string reason) => _closed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Refused() => _refused.Add(1);
}
