using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A missing field stays as it is; a null <paramref name="AssignedAgentId"/> unassigns the conversation.</summary>
public sealed record UpdateConversationRequest(string? Status, OptionalId AssignedAgentId, string? Priority, string[]? Tags);

/// <summary>Changes a conversation's own fields.</summary>
public sealed class UpdateConversation(ChangeConversation change, ConversationStore conversations)
{
    private const int MostTags = 50;
    private const int LongestTag = 50;

    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, UpdateConversationRequest request, CancellationToken cancellationToken)
    {
        if (Problem(request) is { } problem) return problem;
        if (request.AssignedAgentId.Id is { } agent && !await conversations.MayBeAssignedAsync(caller.OrganizationId, agent, cancellationToken))
            return AssignConversation.NotAnAgent("assigned_agent_id");

        return await change.RunAsync(caller, conversationId, async (transaction, conversation) =>
            await ChangeConversation.InStatusAsync(transaction, conversation, request.Status ?? conversation.Status, cancellationToken) with
            {
                AssignedAgentId = request.AssignedAgentId.IsSet ? request.AssignedAgentId.Id : conversation.AssignedAgentId,
                Priority = request.Priority ?? conversation.Priority,
                Tags = request.Tags ?? conversation.Tags,
            }, cancellationToken);
    }

    private static Refusal? Problem(UpdateConversationRequest request)
    {
        if (request.Status is { } status && !ConversationStatus.IsKnown(status)) return ConversationStatus.NotKnown;
        if (request.Priority is not (null or "low" or "medium" or "high" or "urgent"))
            return Refusal.Invalid("priority", "must be low, medium, high or urgent");
        if (request.Tags is { } tags && (tags.Length > MostTags || tags.Any(t => string.IsNullOrWhiteSpace(t) || t.Length > LongestTag || t.Contains('\0'))))
            return Refusal.Invalid("tags", $"must be at most {MostTags} words of 1 to {LongestTag} characters");
        return null;
    }
}
