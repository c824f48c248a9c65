using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A missing field stays as it is; a null <paramref name="AssignedAgentId"/> unassigns the conversation.</summary>
public sealed record UpdateConversationRequest(string? Status, OptionalId AssignedAgentId, string? Priority, string[]? Tags);

/// <summary>Changes a conversation's own fields.</summary>
public sealed class UpdateConversation(ChangeConversation change)
{
    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, UpdateConversationRequest request, CancellationToken cancellationToken)
    {
        if (Problem(request) is { } problem) return problem;
        return await change.RunAsync(caller, conversationId, new Assignee(request.AssignedAgentId.Id, "assigned_agent_id"), async (transaction, conversation) =>
        {
            var changed = await ChangeConversation.InStatusAsync(transaction, conversation, request.Status ?? conversation.Status, cancellationToken);
            return changed with
            {
                AssignedAgentId = request.AssignedAgentId.IsSet ? request.AssignedAgentId.Id : changed.AssignedAgentId,
                Priority = request.Priority ?? changed.Priority,
                Tags = request.Tags is { } tags ? Tags.Clean(tags) : changed.Tags,
            };
        }, cancellationToken);
    }

    private static Refusal? Problem(UpdateConversationRequest request)
    {
        if (request.Status is { } status && !ConversationStatus.IsKnown(status)) return ConversationStatus.NotKnown;
        if (request.Priority is not (null or "low" or "medium" or "high" or "urgent"))
            return Refusal.Invalid("priority", "must be low, medium, high or urgent");
        return request.Tags is { } tags && !Tags.AreValid(tags) ? Refusal.Invalid("tags", Tags.Rule) : null;
    }
}
