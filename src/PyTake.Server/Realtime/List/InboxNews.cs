using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>One flush to an organization's clients here: how its list changed and, for each user, their unread counts.</summary>
/// <param name="changes">conversation:updated events, in order.</param>
/// <param name="grown">The conversations among them whose customers wrote.</param>
/// <param name="counts">What the users have read of those.</param>
internal sealed class InboxNews((string Event, ReadOnlyMemory<byte> Arguments)[] changes, Conversation[] grown, ReadCounts counts, UnreadFeed unread)
{
    private readonly HubFrame _changes = new(changes);

    /// <summary>Writes one frame to each connection.</summary>
    /// <param name="userOf">The user of a connection; null if it has ended.</param>
    /// <returns>How many events were written.</returns>
    public int Write(IEnumerable<LocalConnection> connections, Func<LocalConnection, Guid?> userOf)
    {
        var events = 0;
        foreach (var user in connections.GroupBy(userOf))
        {
            var frame = Frame(user.Key);
            foreach (var connection in user)
            {
                connection.Write(frame);
                events += frame.Count;
            }
        }
        return events;
    }

    // Users who connected after the counts were read load the list anyway.
    private HubFrame Frame(Guid? user)
        => grown.Length > 0 && user is { } userId && counts.Users.Contains(userId)
            ? new([.. changes, .. unread.Events(userId, grown.Select(c => new UnreadUpdate(c.Id, counts.Unread(userId, c))), counts.ReadAt)])
            : _changes;
}

/// <summary>How many of the customers' messages users have read.</summary>
/// <param name="Users">The users whose counts were read.</param>
/// <param name="ReadAt">When the counts were read.</param>
internal sealed record ReadCounts(IReadOnlySet<Guid> Users, IReadOnlyDictionary<(Guid User, Guid Conversation), int> Read, DateTime ReadAt)
{
    public static readonly IReadOnlyDictionary<(Guid User, Guid Conversation), int> None = new Dictionary<(Guid User, Guid Conversation), int>();

    public int Unread(Guid user, Conversation conversation)
        => Math.Max(0, conversation.InboundCount - Read.GetValueOrDefault((user, conversation.Id)));
}
