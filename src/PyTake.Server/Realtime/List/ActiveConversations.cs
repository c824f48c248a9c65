using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>A view of one organization's list; those that each user has their own of belong to a user.</summary>
internal readonly record struct ViewKey(ConversationView View, Guid Owner)
{
    public static ViewKey For(ConversationView view, Guid userId) => new(view, view == ConversationView.Mine ? userId : Guid.Empty);
}

/// <summary>What a node remembers of a conversation: which views it is in, its place in them, and how much its customer has written.</summary>
internal readonly record struct Standing(ConversationView Views, Guid AgentId, DateTime LastMessageAt, int InboundCount)
{
    /// <summary>
    /// Of a conversation that is not active, or does not exist yet: one that is new is reported as removed to those who watch the closed ones,
    /// which does no harm.
    /// </summary>
    public static readonly Standing Inactive = new(ConversationView.Closed, Guid.Empty, ConversationCursor.NoMessage, 0);

    public static Standing Of(Conversation c) => Of(c.Status, c.AssignedAgentId, c.LastMessageAt, c.LastInboundAt, c.LastOutboundAt, c.InboundCount);

    public static Standing Of(
        string status, Guid? agentId, DateTime? lastMessageAt, DateTime? lastInboundAt, DateTime? lastOutboundAt, int inboundCount) => new(
            ConversationViews.Of(status, agentId, lastInboundAt, lastOutboundAt), agentId ?? Guid.Empty,
            lastMessageAt ?? ConversationCursor.NoMessage, inboundCount);

    public bool IsActive => !Views.HasFlag(ConversationView.Closed);

    public bool IsIn(ViewKey key) => Views.HasFlag(key.View) && ViewKey.For(key.View, AgentId) == key;

    /// <summary>The views that it is in.</summary>
    public IEnumerable<ViewKey> Keys()
    {
        var agent = AgentId;
        return Views.Each().Select(view => ViewKey.For(view, agent));
    }
}

/// <summary>
/// An organization's active conversations as of the feed's position. Rows of the database hold only the latest state; this is how a node
/// knows which views a change takes a conversation out of, and how many each view has. Not thread-safe.
/// </summary>
internal sealed class ActiveConversations
{
    private readonly Dictionary<Guid, Standing> _standings = [];
    private readonly Dictionary<ViewKey, int> _counts = [];
    private readonly Dictionary<(ViewKey, int), DateTime> _lastOfFirst = [];

    /// <summary>How many have a message of their customer.</summary>
    public int Written { get; private set; }

    public void Clear()
    {
        _standings.Clear();
        _counts.Clear();
        _lastOfFirst.Clear();
        Written = 0;
    }

    public Standing Find(Guid conversationId) => _standings.GetValueOrDefault(conversationId, Standing.Inactive);

    /// <returns>The conversation's standing before.</returns>
    public Standing Put(Guid conversationId, Standing standing)
    {
        var before = Find(conversationId);
        if (before.IsActive) Count(before, -1);
        if (standing.IsActive)
        {
            Count(standing, +1);
            _standings[conversationId] = standing;
        }
        else _standings.Remove(conversationId);
        _lastOfFirst.Clear();
        return before;
    }

    /// <summary>How many a view has; 0 for <see cref="ConversationView.Closed"/>, whose conversations are not remembered.</summary>
    public int CountIn(ViewKey key) => _counts.GetValueOrDefault(key);

    /// <summary>Whether a conversation of a view is among its first rows. In doubt it is: with closed ones, and with equal times.</summary>
    public bool IsAmongFirst(int rows, ViewKey key, Standing standing)
    {
        if (CountIn(key) <= rows) return true;
        if (!_lastOfFirst.TryGetValue((key, rows), out var last))
            _lastOfFirst[(key, rows)] = last = _standings.Values.Where(s => s.IsIn(key)).Select(s => s.LastMessageAt).OrderDescending().ElementAt(rows - 1);
        return standing.LastMessageAt >= last;
    }

    private void Count(Standing standing, int change)
    {
        foreach (var key in standing.Keys())
            if ((_counts[key] = CountIn(key) + change) == 0)
                _counts.Remove(key);
        if (standing.InboundCount > 0) Written += change;
    }
}
