using Npgsql;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>What changes of one conversation by its people have in common.</summary>
public sealed class ChangeConversation(ConversationStreams streams, ConversationStore conversations)
{
    /// <summary>Holds the conversation, applies a change, commits it and tells everybody.</summary>
    /// <param name="change">Gives the conversation as it should be, or why not; it may add messages to the transaction.</param>
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

    /// <summary>The conversation in another status. One that goes on again takes over the window, in which the customer may have written elsewhere.</summary>
    internal static async Task<Conversation> InStatusAsync(
        StreamTransaction transaction, Conversation conversation, string status, CancellationToken cancellationToken)
    {
        var changed = conversation.With(status, transaction.Now);
        if (conversation.IsActive() || !changed.IsActive()) return changed;
        return changed with { WindowExpiresAt = await ConversationStore.WindowAsync(transaction, conversation, cancellationToken) ?? changed.WindowExpiresAt };
    }

    /// <summary>A conversation with what the caller has not read of it.</summary>
    public async Task<Outcome<Conversation>> SeenByAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
        => await conversations.FindAsync(caller, conversationId, cancellationToken) is { } conversation ? conversation : Refusal.NotFound("Conversation");
}

internal static class OwnConversations
{
    /// <summary>The held conversation, where it is of the caller's organization.</summary>
    public static Conversation? FindFor(this StreamTransaction transaction, Caller caller, Guid conversationId)
        => transaction.Find(conversationId) is { } conversation && conversation.OrganizationId == caller.OrganizationId ? conversation : null;
}
