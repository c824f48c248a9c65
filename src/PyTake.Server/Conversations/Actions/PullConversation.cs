using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Assigns the conversation that has waited longest to the caller.</summary>
public sealed class PullConversation(ConversationStreams streams, ChangeConversation change)
{
    /// <summary>Takes the queued conversation whose customer has waited longest; never the same one for two callers.</summary>
    public async Task<Outcome<Conversation>> RunAsync(Caller caller, CancellationToken cancellationToken)
    {
        Outcome<Conversation>? taken = null;
        // Each time somebody else was quicker, so that one conversation less is queued.
        while (taken is null) taken = await TryAsync(caller, cancellationToken);
        return taken.Value;
    }

    // The row is waited for and not skipped: it may be locked only because the customer is writing again, and still has waited longest. One row is locked
    // at a time, because the queue's order is not the order in which others lock.
    private async Task<Outcome<Conversation>?> TryAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync(cancellationToken);
        if (!await ConversationStore.HoldAgentAsync(transaction, caller.OrganizationId, caller.UserId, cancellationToken)) return Refusal.Forbidden;
        if (await ConversationStore.LongestQueuedAsync(transaction, caller.OrganizationId, cancellationToken) is not { } id)
            return Refusal.NotFound("Waiting conversation");
        await transaction.LockAsync([id], cancellationToken);
        if (transaction.Find(id) is not { } conversation || !ConversationViews.IsQueued(conversation)) return null;
        transaction.Update(conversation with { AssignedAgentId = caller.UserId });
        await transaction.CommitAsync(cancellationToken);
        return await change.SeenByAsync(caller, id, cancellationToken);
    }
}
