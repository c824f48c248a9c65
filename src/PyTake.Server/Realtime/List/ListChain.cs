using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>A conversation that changed, serialized at most once for all views.</summary>
internal sealed class ListChange(Conversation conversation)
{
    private byte[]? _json;

    public Conversation Conversation => conversation;

    public long InboxSeq => conversation.InboxSeq;

    public Standing Standing { get; } = Standing.Of(conversation);

    public ReadOnlySpan<byte> Json => _json ??= ChatEvents.Arguments(conversation);
}

/// <summary>The events of a view, each of which covers everything after the one before, whether or not it is of the view.</summary>
/// <param name="position">The inbox number up to which everything is known.</param>
internal sealed class ListChain(long position)
{
    private readonly List<(string Event, ReadOnlyMemory<byte> Arguments)> _events = [];
    private long _position = position;

    public void Updated(ListChange change)
        => Add(ChatEvents.ConversationUpdated, ChatEvents.ConversationUpdatedArguments(change.Json, _position), change);

    public void Removed(ListChange change)
        => Add(ChatEvents.ConversationRemoved, ChatEvents.Arguments(new ConversationRemoved(change.Conversation.Id, change.InboxSeq, _position)), change);

    /// <summary>Begins again at a number.</summary>
    public void Restart(long position)
    {
        _events.Clear();
        _position = position;
    }

    /// <summary>The events since the last call.</summary>
    public (string Event, ReadOnlyMemory<byte> Arguments)[] Take()
    {
        var events = _events.ToArray();
        _events.Clear();
        return events;
    }

    private void Add(string name, byte[] arguments, ListChange change)
    {
        _events.Add((name, arguments));
        _position = change.InboxSeq;
    }
}
