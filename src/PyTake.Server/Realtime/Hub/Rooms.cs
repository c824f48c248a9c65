namespace PyTake.Realtime;

/// <summary>The only place that builds the names of rooms (SignalR groups). Clients never see them.</summary>
public static class Rooms
{
    private const string ConversationPrefix = "conversation:";

    public static string Conversation(Guid id) => ConversationPrefix + id.ToString("D");
    public static string Organization(Guid id) => "organization:" + id.ToString("D");
    public static string User(Guid id) => "user:" + id.ToString("D");

    /// <summary>The conversation whose room this is; false for other rooms.</summary>
    public static bool TryGetConversation(string room, out Guid id)
    {
        id = default;
        return room.StartsWith(ConversationPrefix, StringComparison.Ordinal)
            && Guid.TryParseExact(room.AsSpan(ConversationPrefix.Length), "D", out id);
    }
}
