using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <param name="DepartmentId">The original API could transfer to a department; departments are not supported here.</param>
/// <param name="Note">For the new agent; added to the conversation as a note.</param>
public sealed record TransferConversationRequest(Guid? AgentId, string? Note, System.Text.Json.JsonElement DepartmentId);

/// <summary>Transfers a conversation to another agent, with an optional note.</summary>
public sealed class TransferConversation(ChangeConversation change)
{
    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, TransferConversationRequest request, CancellationToken cancellationToken)
    {
        if (request.AgentId is not { } agent)
            return request.DepartmentId.ValueKind is System.Text.Json.JsonValueKind.Undefined or System.Text.Json.JsonValueKind.Null
                ? Refusal.Invalid("agent_id", "is required")
                : Refusal.Invalid("department_id", "departments are not supported; give agent_id");

        return await change.RunAsync(caller, conversationId, new Assignee(agent, "agent_id"), (transaction, conversation) =>
        {
            if (!string.IsNullOrWhiteSpace(request.Note)) transaction.Add(AddNote.Draft(caller, conversation, request.Note, transaction.Now));
            return transaction[conversationId] with { AssignedAgentId = agent };
        }, cancellationToken);
    }
}
