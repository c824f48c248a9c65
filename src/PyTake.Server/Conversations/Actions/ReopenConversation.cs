using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Reopens a resolved or closed conversation.</summary>
public sealed class ReopenConversation(ChangeConversation change)
{
    public Task<Outcome<Conversation>> RunAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
        => change.RunAsync(caller, conversationId, async (transaction, conversation) =>
        {
            if (conversation.IsActive()) return Refusal.BadRequest("Conversation is not closed");
            return await ChangeConversation.InStatusAsync(transaction, conversation, ConversationStatus.Open, cancellationToken);
        }, cancellationToken);
}
