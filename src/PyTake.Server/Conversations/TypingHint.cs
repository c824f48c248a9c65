namespace PyTake.Conversations;

/// <summary>Sent between nodes on topic <see cref="Topic"/> when an agent starts or stops typing; repeated while they type.</summary>
internal sealed record TypingHint(Guid ConversationId, string ConnectionId, Guid UserId, string UserName, bool Typing)
{
    public const string Topic = "typing";
}
