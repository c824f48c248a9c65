using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <param name="FromSeq">The stream's position from which the customer's messages are unread again; the last one alone if it is missing.</param>
public sealed record MarkUnreadRequest(long? FromSeq);

/// <summary>Makes messages unread again for one user. The customer keeps the ticks: WhatsApp cannot take a read receipt back.</summary>
public sealed class MarkUnread(ConversationStreams streams, ChangeConversation change)
{
    /// <summary>Changes nothing where these messages are unread already.</summary>
    public async Task<Outcome<Conversation>> RunAsync(Caller caller, Guid conversationId, MarkUnreadRequest request, CancellationToken cancellationToken)
    {
        if (request.FromSeq < 0) return Refusal.Invalid("from_seq", "must be 0 or more");
        await using (var transaction = await streams.BeginAsync([conversationId], cancellationToken))
        {
            if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
            if (await ReadMarkStore.MoveBackAsync(transaction, conversation, caller.UserId, request.FromSeq, cancellationToken) is { } read)
                transaction.Read(caller.UserId, conversationId, conversation.InboundCount - read);
            await transaction.CommitAsync(cancellationToken);
        }
        return await change.SeenByAsync(caller, conversationId, cancellationToken);
    }
}
