namespace PyTake.Realtime;

/// <summary>The only place that builds the names of rooms (SignalR groups). Clients never see them.</summary>
public static class Rooms
{
    private const string ConversationPrefix = "conversation:";
    private const string OrganizationPrefix = "organization:";
    private const string UserPrefix = "user:";

    public static string Conversation(Guid id) => ConversationPrefix + id.ToString("D");
    public static string Organization(Guid id) => OrganizationPrefix + id.ToString("D");
    public static string User(Guid id) => UserPrefix + id.ToString("D");

    /// <summary>
    /// Whether each node itself finds out what its connections in this room are to receive, and sends it with <see cref="LocalFanOut"/>, so
    /// that the room needs no subscription in Redis.
    /// </summary>
    public static bool IsLocal(string room)
        => room.StartsWith(OrganizationPrefix, StringComparison.Ordinal) || room.StartsWith(UserPrefix, StringComparison.Ordinal);

    /// <summary>The conversation whose room this is; false for other rooms.</summary>
    public static bool TryGetConversation(string room, out Guid id)
    {
        id = default;
        return room.StartsWith(ConversationPrefix, StringComparison.Ordinal)
            && Guid.TryParseExact(room.AsSpan(ConversationPrefix.Length), "D", out id);
    }
}
