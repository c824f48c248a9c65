using Npgsql;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>
/// The idempotency key that a client generates for each message (client_message_id): within an organization a key creates one message,
/// however often the request is repeated, also at the same time.
/// </summary>
internal static class ClientKey
{
    private const int Longest = 128;

    public static Refusal OfOtherConversation => Refusal.Conflict("This idempotency key belongs to a message of another conversation");

    /// <summary>What is wrong with a key; null if it is valid or not given.</summary>
    public static Refusal? Problem(string? key)
        => key is not null && (string.IsNullOrWhiteSpace(key) || key.Length > Longest || key.Contains('\0'))
            ? Refusal.Invalid("client_message_id", $"must have 1 to {Longest} characters")
            : null;

    /// <summary>The message that the key created before, or why it cannot be used here; null if it is new. The conversation must be locked.</summary>
    public static async Task<Outcome<SentMessage>?> EarlierAsync(
        StreamTransaction transaction, Caller caller, Guid conversationId, string? key, CancellationToken cancellationToken)
    {
        if (key is null || await MessageStore.FindByClientIdAsync(transaction, caller.OrganizationId, key, cancellationToken) is not { } earlier) return null;
        return earlier.ConversationId == conversationId ? new SentMessage(earlier, IsNew: false) : OfOtherConversation;
    }

    /// <summary>Whether the insert failed because the same key was used at the same time in another conversation, which is not locked.</summary>
    public static bool IsTaken(PostgresException exception)
        => exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "messages_client" };
}
