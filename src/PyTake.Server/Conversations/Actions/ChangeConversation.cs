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
    public Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, Func<StreamTransaction, Conversation, Task<Outcome<Conversation>>> change, CancellationToken cancellationToken)
        => RunAsync(caller, conversationId, Assignee.None, change, cancellationToken);

    /// <summary>The same for a change that assigns the conversation to an agent, who keeps the right to have it until the commit.</summary>
    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, Assignee assignee, Func<StreamTransaction, Conversation, Task<Outcome<Conversation>>> change,
        CancellationToken cancellationToken)
    {
        await using (var transaction = await streams.BeginAsync(cancellationToken))
        {
            if (assignee.AgentId is { } agent
                && !await ConversationStore.HoldAgentAsync(transaction, caller.OrganizationId, agent, cancellationToken)) return assignee.NotAnAgent;
            await transaction.LockAsync([conversationId], cancellationToken);
            if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
            if (Erasure.Refuses(conversation) is { } gone) return gone;
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

    /// <summary>
    /// The conversation in another status. A reopened one gets the current window, which a message in another conversation may have opened, and no
    /// agent who is gone meanwhile.
    /// </summary>
    internal static async Task<Conversation> InStatusAsync(
        StreamTransaction transaction, Conversation conversation, string status, CancellationToken cancellationToken)
    {
        var changed = conversation.With(status, transaction.Now);
        if (conversation.IsActive() || !changed.IsActive()) return changed;
        var keepsAgent = changed.AssignedAgentId is { } agent
            && await ConversationStore.HoldAgentAsync(transaction, conversation.OrganizationId, agent, cancellationToken);
        return changed with
        {
            AssignedAgentId = keepsAgent ? changed.AssignedAgentId : null,
            WindowExpiresAt = await ConversationStore.WindowAsync(transaction, conversation, cancellationToken) ?? changed.WindowExpiresAt,
        };
    }

    /// <inheritdoc cref="RunAsync(Caller, Guid, Assignee, Func{StreamTransaction, Conversation, Task{Outcome{Conversation}}}, CancellationToken)"/>
    public Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, Assignee assignee, Func<StreamTransaction, Conversation, Outcome<Conversation>> change,
        CancellationToken cancellationToken)
        => RunAsync(caller, conversationId, assignee, (transaction, conversation) => Task.FromResult(change(transaction, conversation)), cancellationToken);

    /// <summary>A conversation with the caller's unread count.</summary>
    public async Task<Outcome<Conversation>> SeenByAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
        => await conversations.FindAsync(caller, conversationId, cancellationToken) is { } conversation ? conversation : Refusal.NotFound("Conversation");
}

/// <summary>Whom a request assigns a conversation to.</summary>
/// <param name="AgentId">Null if it assigns it to nobody, or leaves it as it is.</param>
/// <param name="Field">The field of the request that names the agent.</param>
public readonly record struct Assignee(Guid? AgentId, string Field)
{
    /// <summary>Of a change that assigns nothing.</summary>
    public static readonly Assignee None = new(null, "");

    /// <summary>The same for users that are unknown, of another organization, inactive or viewers, so that it reveals nothing about them.</summary>
    public Refusal NotAnAgent => Refusal.Invalid(Field, "is not an active agent of this organization");
}

internal static class OwnConversations
{
    /// <summary>A locked conversation; null if it does not belong to the caller's organization.</summary>
    public static Conversation? FindFor(this StreamTransaction transaction, Caller caller, Guid conversationId)
        => transaction.Find(conversationId) is { } conversation && conversation.OrganizationId == caller.OrganizationId ? conversation : null;
}
