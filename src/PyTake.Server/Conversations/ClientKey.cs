using Npgsql;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>
/// The key that a client makes for each message it sends (client_message_id): the same key makes one message of an organization,
/// however often the request is repeated and however many repetitions come at once.
/// </summary>
internal static class ClientKey
{
    private const int Longest = 128;

    public static Refusal OfOtherConversation => Refusal.Conflict("This idempotency key belongs to a message of another conversation");

    /// <summary>What is wrong with a key; null where nothing is, or where none was given.</summary>
    public static Refusal? Problem(string? key)
        => key is not null && (string.IsNullOrWhiteSpace(key) || key.Length > Longest || key.Contains('\0'))
            ? Refusal.Invalid("client_message_id", $"must have 1 to {Longest} characters")
            : null;

    /// <summary>What the key made before, or why it cannot be used here; null where it is new. The conversation must be held.</summary>
    public static async Task<Outcome<SentMessage>?> EarlierAsync(
        StreamTransaction transaction, Caller caller, Guid conversationId, string? key, CancellationToken cancellationToken)
    {
        if (key is null || await MessageStore.FindByClientIdAsync(transaction, caller.OrganizationId, key, cancellationToken) is not { } earlier) return null;
        return earlier.ConversationId == conversationId ? new SentMessage(earlier, IsNew: false) : OfOtherConversation;
    }

    /// <summary>Whether the same key came at the same moment in another conversation, whose row was not held.</summary>
    public static bool IsTaken(PostgresException exception)
        => exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "messages_client" };
}
