using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <param name="UpToSeq">The stream's position up to which the user has read; the whole conversation if it is missing.</param>
public sealed record MarkReadRequest(long? UpToSeq);

/// <summary>Records what a user has read, and queues a read receipt for the customer.</summary>
public sealed class MarkRead(ConversationStreams streams, ChangeConversation change, IReadReceipts receipts)
{
    /// <summary>Read messages stay read, in whatever order the requests of the user's devices arrive.</summary>
    public async Task<Outcome<Conversation>> RunAsync(Caller caller, Guid conversationId, MarkReadRequest request, CancellationToken cancellationToken)
    {
        if (request.UpToSeq < 0) return Refusal.Invalid("up_to_seq", "must be 0 or more");
        ReadMark mark;
        await using (var transaction = await streams.BeginAsync([conversationId], cancellationToken))
        {
            if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
            mark = await ReadMarkStore.AdvanceAsync(transaction, conversation, caller.UserId, request.UpToSeq, cancellationToken);
            if (mark.Moved) transaction.Read(caller.UserId, conversationId, conversation.InboundCount - mark.InboundRead);
            // Whoever answers shows the customer what was read.
            if (mark.NewestRead is { } newest && conversation.IsOurs()) receipts.Queue(transaction, conversation, newest);
            await transaction.CommitAsync(cancellationToken);
        }
        return await change.SeenByAsync(caller, conversationId, cancellationToken);
    }
}
