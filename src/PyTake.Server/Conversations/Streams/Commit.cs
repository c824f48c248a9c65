namespace PyTake.Conversations;

/// <summary>What one transaction committed.</summary>
/// <param name="Changes">Changes in conversations' streams, in order.</param>
/// <param name="Inboxes">Organizations whose list changed, with the new inbox number.</param>
/// <param name="Unread">Users who have read something, with their new unread counts.</param>
/// <param name="Recipients">Customers whose messages in the outbox may be sent now.</param>
public sealed record Commit(
    IReadOnlyList<StreamChange> Changes, IReadOnlyDictionary<Guid, long> Inboxes, IReadOnlyList<UnreadCount> Unread, IReadOnlyList<Recipient> Recipients);

/// <summary>How many of a conversation's messages a user has not read: the total, not a difference.</summary>
public sealed record UnreadCount(Guid UserId, Guid ConversationId, int Unread);

/// <summary>A customer of one of our WhatsApp numbers, to whom messages are sent in order.</summary>
public readonly record struct Recipient(Guid WhatsappNumberId, Guid ContactId);

/// <summary>
/// Is called right after every commit, on the committing thread, so it must neither block nor throw. Features that react to changes of
/// conversations register a listener, and conversations know none of them.
/// </summary>
public interface ICommitListener
{
    void Committed(Commit commit);
}
