using Npgsql;
using PyTake.Accounts;

namespace PyTake.Conversations;

/// <summary>Gives back what a user has in hand who may answer customers no more.</summary>
public sealed class ReleaseConversations(ConversationStreams streams)
{
    /// <summary>
    /// Unassigns the user's active conversations and commits the transaction. It holds the user's row, so no conversation is assigned to the user
    /// meanwhile (<see cref="ConversationStore.HoldAgentAsync"/>). Those that are over keep the name of who had them.
    /// </summary>
    internal async Task CommitAsync(NpgsqlTransaction transaction, User user, CancellationToken cancellationToken)
    {
        await using var stream = streams.Join(transaction);
        var inHand = await ConversationStore.InHandAsync(stream, user.OrganizationId, user.Id, cancellationToken);
        await stream.LockAsync(inHand, cancellationToken);
        // Somebody may have closed one or taken it over before it was locked.
        foreach (var conversation in inHand.Select(id => stream[id]).Where(c => c.IsActive() && c.AssignedAgentId == user.Id))
            stream.Update(conversation with { AssignedAgentId = null });
        await stream.CommitAsync(cancellationToken);
    }
}
