using PyTake.Conversations;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Merges two contacts that are one person: the one that stays gets everything from the other.</summary>
internal static class ContactMerge
{
    /// <summary>
    /// Moves conversations, keys, unsent messages, and values that only the other has. If both have an open conversation with a number, the
    /// other's is closed.
    /// </summary>
    public static async Task RunAsync(StreamTransaction transaction, Guid stays, Guid goes, CancellationToken cancellationToken)
    {
        var moved = await ConversationWriter.MoveAsync(transaction, goes, stays, cancellationToken);
        await ContactStore.MergeAsync(transaction, goes, stays, cancellationToken);
        await OutboundStore.MoveAsync(transaction, goes, stays, cancellationToken);
        await transaction.LockAsync(moved, cancellationToken);
        foreach (var id in moved) transaction.Update(transaction[id]);
    }
}
