using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <param name="AgentId">The agent it is assigned to; null unassigns it.</param>
/// <param name="ExpectedAgentId">Who has it as far as the caller knows, null for nobody; without it, it is taken from whoever has it.</param>
public sealed record AssignConversationRequest(OptionalId AgentId, OptionalId ExpectedAgentId);

/// <summary>Assigns a conversation to an agent, or unassigns it.</summary>
public sealed class AssignConversation(ChangeConversation change)
{
    /// <summary>Changes nothing where somebody else than expected has it meanwhile: of two who take it at the same moment, one learns who has it.</summary>
    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, AssignConversationRequest request, CancellationToken cancellationToken)
    {
        if (!request.AgentId.IsSet) return Refusal.Invalid("agent_id", "is required");
        return await change.RunAsync(caller, conversationId, new Assignee(request.AgentId.Id, "agent_id"), (_, conversation) =>
            IsExpected(request, conversation.AssignedAgentId)
                ? conversation with { AssignedAgentId = request.AgentId.Id }
                : Taken(conversation.AssignedAgentId), cancellationToken);
    }

    private static Refusal Taken(Guid? by) => Refusal.Conflict(by is null ? "Somebody has given the conversation back meanwhile" : "Somebody else has the conversation meanwhile") with
    {
        Facts = new() { ["current_agent_id"] = by },
    };

    // A repeated request finds its own effect.
    private static bool IsExpected(AssignConversationRequest request, Guid? current)
        => !request.ExpectedAgentId.IsSet || current == request.ExpectedAgentId.Id || current == request.AgentId.Id;
}
