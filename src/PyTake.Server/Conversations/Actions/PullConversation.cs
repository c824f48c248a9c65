using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Assigns the conversation that has waited longest to the caller.</summary>
public sealed class PullConversation(ConversationStreams streams, ChangeConversation change)
{
    /// <summary>Takes the oldest open conversation that is unassigned; never the same one for two callers.</summary>
    public async Task<Outcome<Conversation>> RunAsync(Caller caller, CancellationToken cancellationToken)
    {
        Guid? taken;
        await using (var transaction = await streams.BeginAsync(cancellationToken))
        {
            taken = await ConversationStore.TakeOldestUnassignedAsync(transaction, caller.OrganizationId, cancellationToken);
            if (taken is not { } id) return Refusal.NotFound("Waiting conversation");
            await transaction.LockAsync([id], cancellationToken);
            transaction.Update(transaction[id] with { AssignedAgentId = caller.UserId });
            await transaction.CommitAsync(cancellationToken);
        }
        return await change.SeenByAsync(caller, taken.Value, cancellationToken);
    }
}
