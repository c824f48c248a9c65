using System.Diagnostics.Metrics;
using PyTake.Telemetry;

namespace PyTake.Nodes;

/// <summary>Counts messages between nodes and events written to connections.</summary>
public sealed class BackplaneMetrics
{
    /// <summary>The meter's name.</summary>
    public const string Meter = "PyTake.Backplane";

    private readonly Counter<long> _published;
    private readonly Counter<long> _received;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _backlogClosed;
    private readonly Histogram<double> _roundTrip;

    public BackplaneMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _published = meter.CreateCounter<long>("pytake.backplane.published", "{message}", "Messages handed to Redis");
        _received = meter.CreateCounter<long>("pytake.backplane.received", "{message}", "Messages received from other nodes");
        _delivered = meter.CreateCounter<long>("pytake.backplane.delivered", "{event}", "Events written to connections of this node");
        _backlogClosed = meter.CreateCounter<long>("pytake.backplane.backlog_closed", "{connection}", "Connections closed because they did not keep up");
        _roundTrip = meter.CreateHistogram("pytake.backplane.round_trip", "s", "Time a node's message to itself takes through Redis", advice: Buckets.Short);
        foreach (var counter in (ReadOnlySpan<Counter<long>>)[_published, _received, _delivered, _backlogClosed]) counter.Add(0);
    }

    internal void Published() => _published.Add(1);

    internal void Received() => _received.Add(1);

    internal void Delivered(int events) => _delivered.Add(events);

    internal void BacklogClosed() => _backlogClosed.Add(1);

    internal void RoundTrip(TimeSpan time) => _roundTrip.Record(time.TotalSeconds);
}
