using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace PyTake.Realtime;

/// <summary>What one node tells the others of its viewers.</summary>
/// <param name="Number">One more than that of the hint before; where it names no room, that of the last one.</param>
/// <param name="First">It begins the whole of what there is.</param>
/// <param name="Last">It ends the whole: what was not in it is over.</param>
/// <param name="Asks">A node that is to say the whole; the rest then means nothing.</param>
internal sealed record ViewersHint(
    Guid Node, long Number, IReadOnlyList<RoomViewers> Rooms, bool First = false, bool Last = false, Guid? Asks = null);

/// <summary>Who has a conversation open on one node; nobody, where the last one went.</summary>
internal sealed record RoomViewers(Guid ConversationId, Viewer[] Users);

/// <summary>What the other nodes said of their viewers. Read by everybody, written by one loop.</summary>
internal sealed class ViewersElsewhere(TimeProvider time, TimeSpan lease)
{
    // A whole is on its way that long; then it was lost as well.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, ImmutableDictionary<Guid, Viewer[]>> _rooms = new();
    private readonly Dictionary<Guid, Speaker> _nodes = [];

    /// <summary>Who has a conversation open on the other nodes; a user on two of them twice.</summary>
    public IEnumerable<Viewer> In(Guid conversationId)
        => _rooms.TryGetValue(conversationId, out var nodes) ? nodes.Values.SelectMany(users => users) : [];

    /// <param name="changed">Gets the conversations of which it said something.</param>
    /// <returns>False where one before it was lost and the node is to be asked.</returns>
    public bool Take(ViewersHint hint, HashSet<Guid> changed)
    {
        if (!_nodes.TryGetValue(hint.Node, out var node)) _nodes[hint.Node] = node = new Speaker();
        node.HeardAt = time.GetTimestamp();
        if (hint.First) node.Unsaid = [.. node.Rooms];
        else if (hint.Number == node.Number && hint.Rooms.Count == 0) return true;
        else if (hint.Number != node.Number + 1) return !MayAsk(node);

        node.Number = hint.Number;
        foreach (var (conversation, users) in hint.Rooms)
        {
            Set(hint.Node, node, conversation, users);
            node.Unsaid?.Remove(conversation);
            changed.Add(conversation);
        }
        if (!hint.Last) return true;
        foreach (var conversation in node.Unsaid ?? []) Set(hint.Node, node, conversation, []);
        changed.UnionWith(node.Unsaid ?? []);
        node.Unsaid = null;
        return true;
    }

    /// <summary>Forgets nodes that were not heard of for as long as a lease.</summary>
    public void ForgetSilent(HashSet<Guid> changed)
    {
        foreach (var (id, node) in _nodes)
        {
            if (time.GetElapsedTime(node.HeardAt) < lease) continue;
            changed.UnionWith(node.Rooms);
            foreach (var conversation in node.Rooms.ToArray()) Set(id, node, conversation, []);
            _nodes.Remove(id);
        }
    }

    private bool MayAsk(Speaker node)
    {
        node.Number = null;
        if (node.AskedAt is { } asked && time.GetElapsedTime(asked) < AskAgain) return false;
        node.AskedAt = time.GetTimestamp();
        return true;
    }

    private void Set(Guid id, Speaker node, Guid conversation, Viewer[] users)
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

    private sealed class Speaker
    {
        /// <summary>Of the last hint that was taken; null where there is a hole since.</summary>
        public long? Number { get; set; }
        public long HeardAt { get; set; }
        public long? AskedAt { get; set; }
        public HashSet<Guid> Rooms { get; } = [];
        /// <summary>While a whole is being said: what it has not named yet.</summary>
        public HashSet<Guid>? Unsaid { get; set; }
    }
}
