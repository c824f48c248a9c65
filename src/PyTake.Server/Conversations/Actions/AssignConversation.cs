using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <param name="AgentId">The agent it is assigned to; null unassigns it.</param>
public sealed record AssignConversationRequest(OptionalId AgentId);

/// <summary>Assigns a conversation to an agent, or unassigns it.</summary>
public sealed class AssignConversation(ChangeConversation change, ConversationStore conversations)
{
    public async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, AssignConversationRequest request, CancellationToken cancellationToken)
    {
        if (!request.AgentId.IsSet) return Refusal.Invalid("agent_id", "is required");
        if (request.AgentId.Id is { } agent && !await conversations.MayBeAssignedAsync(caller.OrganizationId, agent, cancellationToken))
            return NotAnAgent("agent_id");
        return await change.RunAsync(
            caller, conversationId, (_, conversation) => conversation with { AssignedAgentId = request.AgentId.Id }, cancellationToken);
    }

    /// <summary>The same for users that are unknown, of another organization, inactive or viewers, so that it reveals nothing about them.</summary>
    internal static Refusal NotAnAgent(string field) => Refusal.Invalid(field, "is not an active agent of this organization");
}
