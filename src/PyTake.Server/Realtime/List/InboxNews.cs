using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>What an organization's clients here are told at a time: how its list changed, and each user how much of it they have not read.</summary>
/// <param name="changes">conversation:updated events, in order.</param>
/// <param name="grown">The conversations among them whose customers wrote.</param>
/// <param name="counts">What the users have read of those.</param>
internal sealed class InboxNews((string Event, ReadOnlyMemory<byte> Arguments)[] changes, Conversation[] grown, ReadCounts counts, UnreadFeed unread)
{
    private readonly HubFrame _changes = new(changes);

    /// <summary>Writes it to connections, as one frame to each.</summary>
    /// <param name="userOf">Whose a connection is; null where it has gone.</param>
    /// <returns>How many events that were.</returns>
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

    // Whoever connected after the counts were read loads the list anyway.
    private HubFrame Frame(Guid? user)
        => grown.Length > 0 && user is { } userId && counts.Users.Contains(userId)
            ? new([.. changes, .. unread.Events(userId, grown.Select(c => new UnreadUpdate(c.Id, counts.Unread(userId, c))), counts.ReadAt)])
            : _changes;
}

/// <summary>How many of the customers' messages users have read.</summary>
/// <param name="Users">Whose counts were read.</param>
/// <param name="ReadAt">From when the counts are.</param>
internal sealed record ReadCounts(IReadOnlySet<Guid> Users, IReadOnlyDictionary<(Guid User, Guid Conversation), int> Read, DateTime ReadAt)
{
    public static readonly IReadOnlyDictionary<(Guid User, Guid Conversation), int> None = new Dictionary<(Guid User, Guid Conversation), int>();

    public int Unread(Guid user, Conversation conversation)
        => Math.Max(0, conversation.InboundCount - Read.GetValueOrDefault((user, conversation.Id)));
}
