using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>How many of the customers' messages users have read.</summary>
/// <param name="Read">By user and conversation; missing where a user has read none.</param>
/// <param name="ReadAt">When the counts were read.</param>
internal sealed record ReadCounts(IReadOnlyDictionary<(Guid User, Guid Conversation), int> Read, DateTime ReadAt)
{
    public static readonly IReadOnlyDictionary<(Guid User, Guid Conversation), int> None = new Dictionary<(Guid User, Guid Conversation), int>();

    public UnreadUpdate UnreadOf(Guid user, Conversation conversation)
        => new(conversation.Id, Math.Max(0, conversation.InboundCount - Read.GetValueOrDefault((user, conversation.Id))));
}
