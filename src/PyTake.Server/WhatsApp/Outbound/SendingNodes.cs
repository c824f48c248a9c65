using System.Collections.Concurrent;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Counts the nodes that send, so that each takes its share of a number's rate. Nodes send each other heartbeats; while Redis is down each
/// assumes that it is alone, sends at the full rate, and is slowed down by Meta's 130429.
/// </summary>
internal sealed class SendingNodes
{
    private const string Topic = "outbox:nodes";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Forgotten = 3 * Interval;

    private readonly NodeBus _bus;
    private readonly TimeProvider _time;
    private readonly string _me;
    private readonly ConcurrentDictionary<string, DateTime> _heard = [];
    private DateTime _sentAt;

    public SendingNodes(NodeBus bus, NodeIdentity node, TimeProvider time)
    {
        (_bus, _time, _me) = (bus, time, node.Id.ToString("N"));
        _bus.Subscribe(Topic, id => _heard[id] = _time.UtcNow());
    }

    /// <summary>At least one: this node.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Sends a heartbeat if one is due, and counts the other nodes. The sender calls it at each sweep.</summary>
    public void SendHeartbeat()
    {
        var now = _time.UtcNow();
        if (now - _sentAt >= Interval)
        {
            _sentAt = now;
            _bus.Publish(Topic, _me);
        }
        foreach (var (id, at) in _heard)
            if (now - at > Forgotten) _heard.TryRemove(id, out _);
        Count = 1 + _heard.Keys.Count(id => id != _me);
    }
}
