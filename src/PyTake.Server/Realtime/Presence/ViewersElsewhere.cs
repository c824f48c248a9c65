using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace PyTake.Realtime;

/// <summary>What one node tells the others about its viewers.</summary>
/// <param name="Number">One more than the previous hint's; a hint without rooms repeats the previous number.</param>
/// <param name="First">Begins a full state.</param>
/// <param name="Last">Ends a full state: rooms that were not in it have no viewers.</param>
/// <param name="Asks">The node that is asked for its full state; the other fields are then ignored.</param>
internal sealed record ViewersHint(
    Guid Node, long Number, IReadOnlyList<RoomViewers> Rooms, bool First = false, bool Last = false, Guid? Asks = null);

/// <summary>Who has a conversation open on one node; empty when the last viewer left.</summary>
internal sealed record RoomViewers(Guid ConversationId, Viewer[] Users);

/// <summary>The other nodes' viewers. Any thread may read it; one loop writes it.</summary>
internal sealed class ViewersElsewhere(TimeProvider time, TimeSpan lease)
{
    // A full state that has not arrived by then counts as lost.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, ImmutableDictionary<Guid, Viewer[]>> _rooms = new();
    private readonly Dictionary<Guid, OtherNode> _nodes = [];

    /// <summary>Who has a conversation open on the other nodes; a user on two of them appears twice.</summary>
    public IEnumerable<Viewer> In(Guid conversationId)
        => _rooms.TryGetValue(conversationId, out var nodes) ? nodes.Values.SelectMany(users => users) : [];

    /// <param name="changed">Receives the conversations the hint changed.</param>
    /// <returns>False if an earlier hint was lost and the node must be asked for its full state.</returns>
    public bool Apply(ViewersHint hint, HashSet<Guid> changed)
    {
        if (!_nodes.TryGetValue(hint.Node, out var node)) _nodes[hint.Node] = node = new OtherNode();
        node.ReceivedAt = time.GetTimestamp();
        if (hint.First) node.NotNamedYet = [.. node.Rooms];
        else if (hint.Number == node.Number && hint.Rooms.Count == 0) return true;
        else if (hint.Number != node.Number + 1) return !MayRequest(node);

        node.Number = hint.Number;
        foreach (var (conversation, users) in hint.Rooms)
        {
            Set(hint.Node, node, conversation, users);
            node.NotNamedYet?.Remove(conversation);
            changed.Add(conversation);
        }
        if (!hint.Last) return true;
        foreach (var conversation in node.NotNamedYet ?? []) Set(hint.Node, node, conversation, []);
        changed.UnionWith(node.NotNamedYet ?? []);
        node.NotNamedYet = null;
        return true;
    }

    /// <summary>Forgets nodes that have been silent for a lease.</summary>
    public void RemoveExpired(HashSet<Guid> changed)
    {
        foreach (var (id, node) in _nodes)
        {
            if (time.GetElapsedTime(node.ReceivedAt) < lease) continue;
            changed.UnionWith(node.Rooms);
            foreach (var conversation in node.Rooms.ToArray()) Set(id, node, conversation, []);
            _nodes.Remove(id);
        }
    }

    private bool MayRequest(OtherNode node)
    {
        node.Number = null;
        if (node.RequestedAt is { } asked && time.GetElapsedTime(asked) < RequestTimeout) return false;
        node.RequestedAt = time.GetTimestamp();
        return true;
    }

    private void Set(Guid id, OtherNode node, Guid conversation, Viewer[] users)
    {
        var others = _rooms.GetValueOrDefault(conversation) ?? ImmutableDictionary<Guid, Viewer[]>.Empty;
        if (users.Length > 0)
        {
            node.Rooms.Add(conversation);
            _rooms[conversation] = others.SetItem(id, users);
            return;
        }
        node.Rooms.Remove(conversation);
        if (others.Remove(id) is { IsEmpty: false } left) _rooms[conversation] = left;
        else _rooms.TryRemove(conversation, out _);
    }

    private sealed class OtherNode
    {
        /// <summary>Number of the last hint applied; null after a hint was lost.</summary>
        public long? Number { get; set; }
        public long ReceivedAt { get; set; }
        public long? RequestedAt { get; set; }
        public HashSet<Guid> Rooms { get; } = [];
        /// <summary>While a full state arrives: the rooms it has not named yet.</summary>
        public HashSet<Guid>? NotNamedYet { get; set; }
    }
}
