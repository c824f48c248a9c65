namespace PyTake.Conversations;

/// <summary>The views of an organization's list of conversations, as flags, since a conversation belongs to several.</summary>
[Flags]
public enum ConversationView
{
    None = 0,
    Open = 1,
    /// <summary>Active and assigned to the reader.</summary>
    Mine = 2,
    /// <summary>Active and assigned to nobody.</summary>
    Unassigned = 4,
    Pending = 8,
    /// <summary>Resolved or closed.</summary>
    Closed = 16,
    /// <summary>Active, and the customer wrote last.</summary>
    Waiting = 32,
}

/// <summary>
/// The only place that knows which conversations belong to which view. Lists ask it for SQL, and what is sent live asks <see cref="Of"/>;
/// the two must say the same (ConversationViewTests).
/// </summary>
public static class ConversationViews
{
    /// <summary>A SQL condition on a conversation <c>c</c>: open or pending.</summary>
    internal const string Active = "c.status in ('open', 'pending')";

    /// <summary>A SQL condition on a conversation <c>c</c>: its customer waits for an answer, and no agent has it yet.</summary>
    internal const string Queued = $"c.status = 'open' and c.assigned_agent_id is null and {Unanswered}";

    private const string Unanswered = "c.last_inbound_at > coalesce(c.last_outbound_at, '-infinity')";

    private static readonly ConversationView[] All = [.. Enum.GetValues<ConversationView>().Where(view => view != ConversationView.None)];

    private static readonly Dictionary<string, ConversationView> Named = All.ToDictionary(NameOf);

    /// <summary>The views' names, as clients spell them.</summary>
    public static IReadOnlyCollection<string> Names => Named.Keys;

    /// <summary>The view with this name; null if there is none.</summary>
    public static ConversationView? Find(string name) => Named.TryGetValue(name, out var view) ? view : null;

    /// <summary>The view's name, as clients spell it.</summary>
    public static string NameOf(this ConversationView view) => view.ToString().ToLowerInvariant();

    /// <summary>The flags one by one.</summary>
    public static IEnumerable<ConversationView> Each(this ConversationView views) => All.Where(view => views.HasFlag(view));

    /// <summary>A SQL condition on a conversation <c>c</c>; <c>@UserId</c> is the reader.</summary>
    internal static string Condition(ConversationView view) => view switch
    {
        ConversationView.Open => "c.status = 'open'",
        ConversationView.Mine => $"c.assigned_agent_id = @UserId and {Active}",
        ConversationView.Unassigned => $"c.assigned_agent_id is null and {Active}",
        ConversationView.Pending => "c.status = 'pending'",
        ConversationView.Closed => "c.status in ('resolved', 'closed')",
        ConversationView.Waiting => $"{Unanswered} and {Active}",
        _ => throw new ArgumentOutOfRangeException(nameof(view)),
    };

    /// <summary>The views that a conversation belongs to; <see cref="ConversationView.Mine"/> is meant for the agent it is assigned to.</summary>
    public static ConversationView Of(string status, Guid? agentId, DateTime? lastInboundAt, DateTime? lastOutboundAt)
    {
        var own = status switch
        {
            ConversationStatus.Open => ConversationView.Open,
            ConversationStatus.Pending => ConversationView.Pending,
            _ => ConversationView.Closed,
        };
        if (own == ConversationView.Closed) return own;
        return own
            | (agentId is null ? ConversationView.Unassigned : ConversationView.Mine)
            | (IsUnanswered(lastInboundAt, lastOutboundAt) ? ConversationView.Waiting : ConversationView.None);
    }

    /// <summary>Whether the customer wrote last.</summary>
    public static bool IsUnanswered(DateTime? lastInboundAt, DateTime? lastOutboundAt)
        => lastInboundAt is not null && !(lastOutboundAt >= lastInboundAt);

    /// <summary>The same as <see cref="Queued"/>.</summary>
    public static bool IsQueued(Conversation conversation)
        => conversation is { Status: ConversationStatus.Open, AssignedAgentId: null } && IsUnanswered(conversation.LastInboundAt, conversation.LastOutboundAt);

    /// <summary>Whether a user finds a conversation in a view.</summary>
    public static bool Contains(this ConversationView view, Conversation conversation, Guid userId)
        => Of(conversation.Status, conversation.AssignedAgentId, conversation.LastInboundAt, conversation.LastOutboundAt).HasFlag(view)
            && (view != ConversationView.Mine || conversation.AssignedAgentId == userId);
}
