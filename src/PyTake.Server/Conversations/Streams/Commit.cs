namespace PyTake.Conversations;

/// <summary>What one transaction committed.</summary>
/// <param name="Changes">Steps of conversations, in order.</param>
/// <param name="Inboxes">Organizations whose list moved, and the number it moved to.</param>
/// <param name="Unread">Users who have read something, and how much is left.</param>
/// <param name="Recipients">Customers to whom something may be sent now; the rows are in the outbox.</param>
public sealed record Commit(
    IReadOnlyList<StreamChange> Changes, IReadOnlyDictionary<Guid, long> Inboxes, IReadOnlyList<UnreadCount> Unread, IReadOnlyList<Recipient> Recipients);

/// <summary>How many of a conversation's messages a user has not read: the whole count, not a difference.</summary>
public sealed record UnreadCount(Guid UserId, Guid ConversationId, int Unread);

/// <summary>A customer of one of our WhatsApp numbers: what is sent to them goes out in order.</summary>
public readonly record struct Recipient(Guid WhatsappNumberId, Guid ContactId);

/// <summary>
/// Is told of every commit, right after it and in the committing thread, so it must neither wait nor fail. Conversations do not know
/// what is done with their changes: features that do something with them register a listener.
/// </summary>
public interface ICommitListener
{
    void Committed(Commit commit);
}
