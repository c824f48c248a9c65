namespace PyTake.Conversations;

/// <summary>What nodes tell one another on topic <see cref="Topic"/>: an agent writes in a conversation, said again now and then while it goes on.</summary>
internal sealed record TypingHint(Guid ConversationId, string ConnectionId, Guid UserId, string UserName, bool Typing)
{
    public const string Topic = "typing";
}
