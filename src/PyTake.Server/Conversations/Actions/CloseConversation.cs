using System.Text.Json.Nodes;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <param name="Reason">Kept in <c>extra_data.close_reason</c>.</param>
/// <param name="Resolved">Whether the customer's matter is settled; otherwise the conversation is only closed.</param>
public sealed record CloseConversationRequest(string? Reason, bool Resolved = true);

/// <summary>Closes a conversation; the customer's next message starts another.</summary>
public sealed class CloseConversation(ChangeConversation change)
{
    public Task<Outcome<Conversation>> RunAsync(Caller caller, Guid conversationId, CloseConversationRequest request, CancellationToken cancellationToken)
        => change.RunAsync(caller, conversationId, (transaction, conversation) => conversation.Status == ConversationStatus.Closed
            ? Refusal.BadRequest("Conversation is already closed")
            : conversation.With(ConversationStatus.Closed, transaction.Now) with
            {
                ResolvedAt = request.Resolved ? conversation.ResolvedAt ?? transaction.Now : null,
                ExtraData = WithReason(conversation.ExtraData, request.Reason),
            }, cancellationToken);

    private static RawJson WithReason(RawJson extraData, string? reason)
    {
        var data = JsonNode.Parse(extraData.Text)!.AsObject();
        data.Remove("close_reason");
        if (!string.IsNullOrWhiteSpace(reason)) data["close_reason"] = reason;
        return RawJson.Of(data);
    }
}
