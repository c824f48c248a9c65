using System.Text.Json.Serialization;

namespace PyTake.Conversations;

/// <summary>A row in an answer of the list: a conversation, or the news that one left the view.</summary>
[JsonDerivedType(typeof(Conversation))]
[JsonDerivedType(typeof(RemovedConversation))]
public interface IListed;

/// <summary>A conversation that changed and does not belong to the view that was asked for.</summary>
/// <param name="InboxSeq">The inbox number of its last change.</param>
public sealed record RemovedConversation(Guid Id, long InboxSeq) : IListed
{
    public bool Removed => true;
}
