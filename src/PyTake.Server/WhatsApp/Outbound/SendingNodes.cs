using System.Collections.Concurrent;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// How many nodes send, so that each takes its share of a number's rate. They tell one another that they are here; while Redis
/// is away each believes it is alone, sends at the full rate, and Meta's 130429 slows it down.
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
    private DateTime _toldAt;

    public SendingNodes(NodeBus bus, NodeIdentity node, TimeProvider time)
    {
        (_bus, _time, _me) = (bus, time, node.Id.ToString("N"));
        _bus.Subscribe(Topic, id => _heard[id] = _time.UtcNow());
    }

    /// <summary>At least one: this node.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Tells the others, now and then, and counts them. Called by the sender at each sweep.</summary>
    public void Beat()
    {
        var now = _time.UtcNow();
        if (now - _toldAt >= Interval)
        {
            _toldAt = now;
            _bus.Publish(Topic, _me);
        }
        foreach (var (id, at) in _heard)
            if (now - at > Forgotten) _heard.TryRemove(id, out _);
        Count = 1 + _heard.Keys.Count(id => id != _me);
    }
}
