using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>One connection's watch: which view it shows, and how many rows of it.</summary>
/// <param name="after">The inbox number up to which the client has everything; null if it asks for no changes.</param>
internal sealed class ListWatch(OrganizationFeed feed, ChatSocket socket, LocalConnection connection, ConversationView view, int limit, long? after)
{
    public OrganizationFeed Feed => feed;
    public ChatSocket Socket => socket;
    public LocalConnection Connection => connection;
    public Guid UserId { get; } = socket.User.UserId;
    public ViewKey Key { get; } = ViewKey.For(view, socket.User.UserId);
    public int Limit => limit;
    public long? After => after;

    /// <summary>The counts that its client was sent last.</summary>
    public ListCounts? Counts { get; set; }

    /// <summary>Completes when it is part of the feed.</summary>
    public TaskCompletionSource<WatchBegun> Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether a conversation is in its view, as far as this node knows.</summary>
    public bool Shows(Guid conversationId) => feed.Shows(Key, conversationId);
}

/// <summary>The state in which a watch begins.</summary>
/// <param name="InboxSeq">Everything after this number comes as events.</param>
/// <param name="Missed">What changed since the client was last told, in order; null if it is too much, so that it has to resync.</param>
internal sealed record WatchBegun(long InboxSeq, ListCounts Counts, IReadOnlyList<HubFrame>? Missed);
