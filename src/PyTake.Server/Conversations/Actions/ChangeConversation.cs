using Npgsql;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>The common part of all actions of users that change one conversation.</summary>
public sealed class ChangeConversation(ConversationStreams streams, ConversationStore conversations)
{
    /// <summary>Locks the conversation, applies a change and commits it, which notifies the listeners.</summary>
    /// <param name="change">Returns the changed conversation or a refusal; it may add messages to the transaction.</param>
    /// <returns>The conversation as the caller sees it now.</returns>
    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, Func<StreamTransaction, Conversation, Task<Outcome<Conversation>>> change, CancellationToken cancellationToken)
    {
        await using (var transaction = await streams.BeginAsync([conversationId], cancellationToken))
        {
            if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
            if (!(await change(transaction, conversation)).Is(out var changed, out var refusal)) return refusal;
            transaction.Update(changed);
            try
            {
                await transaction.CommitAsync(cancellationToken);
            }
            catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "conversations_active" })
            {
                return Refusal.Conflict("Another conversation with this contact on this number is active");
            }
        }
        return await SeenByAsync(caller, conversationId, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Caller, Guid, Func{StreamTransaction, Conversation, Task{Outcome{Conversation}}}, CancellationToken)"/>
    public Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, Func<StreamTransaction, Conversation, Outcome<Conversation>> change, CancellationToken cancellationToken)
        => RunAsync(caller, conversationId, (transaction, conversation) => Task.FromResult(change(transaction, conversation)), cancellationToken);

    /// <summary>The conversation in another status. A reopened one gets the current window, which a message in another conversation may have opened.</summary>
    internal static async Task<Conversation> InStatusAsync(
        StreamTransaction transaction, Conversation conversation, string status, CancellationToken cancellationToken)
    {
        var changed = conversation.With(status, transaction.Now);
        if (conversation.IsActive() || !changed.IsActive()) return changed;
        return changed with { WindowExpiresAt = await ConversationStore.WindowAsync(transaction, conversation, cancellationToken) ?? changed.WindowExpiresAt };
    }

    /// <summary>A conversation with the caller's unread count.</summary>
    public async Task<Outcome<Conversation>> SeenByAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
        => await conversations.FindAsync(caller, conversationId, cancellationToken) is { } conversation ? conversation : Refusal.NotFound("Conversation");
}

internal static class OwnConversations
{
    /// <summary>A locked conversation; null if it does not belong to the caller's organization.</summary>
    public static Conversation? FindFor(this StreamTransaction transaction, Caller caller, Guid conversationId)
        => transaction.Find(conversationId) is { } conversation && conversation.OrganizationId == caller.OrganizationId ? conversation : null;
}
