using System.Diagnostics;
using Npgsql;
using PyTake.Telemetry;

namespace PyTake.Conversations;

/// <summary>
/// The one way to change conversations and their messages. It holds the rows of the conversations it touches, gives every change
/// its number, writes all of it with a few statements, takes the organization's numbers last, commits, and then tells
/// everybody. Not for more than one thread.
/// </summary>
public sealed class StreamTransaction : IAsyncDisposable
{
    private readonly StreamWriter _writer;
    private readonly IReadOnlyList<ICommitListener> _listeners;
    private readonly Dictionary<Guid, Conversation> _conversations = [];
    private readonly Dictionary<Guid, Message> _messages = [];
    private readonly HashSet<Guid> _added = [];
    private readonly HashSet<Guid> _touched = [];
    private readonly List<StreamChange> _changes = [];
    private readonly List<NpgsqlBatchCommand> _also = [];
    private readonly List<Action> _afterCommit = [];
    private readonly List<UnreadCount> _unread = [];
    private readonly List<Recipient> _recipients = [];

    internal StreamTransaction(StreamWriter writer, IReadOnlyList<ICommitListener> listeners, DateTime now)
        => (_writer, _listeners, Now) = (writer, listeners, now);

    /// <summary>The time of all that this transaction does.</summary>
    public DateTime Now { get; }

    /// <summary>For statements of the caller's own that belong to the same commit.</summary>
    public NpgsqlConnection Connection => _writer.Connection;

    /// <inheritdoc cref="Connection"/>
    public NpgsqlTransaction Transaction => _writer.Transaction;

    /// <summary>The trace that changes made from here on belong to; to begin with, the caller's.</summary>
    internal ActivityContext Trace { get; set; } = Tracing.Here;

    /// <summary>The steps made so far, in order.</summary>
    public IReadOnlyList<StreamChange> Changes => _changes;

    /// <summary>Takes the rows of these conversations, in the order of their ids, and keeps them until the end.</summary>
    /// <remarks>Once for all: a second call can meet a transaction that went the other way round, and one of the two starts over.</remarks>
    public async Task LockAsync(IReadOnlyCollection<Guid> conversationIds, CancellationToken cancellationToken)
    {
        if (conversationIds.Count == 0) return;
        Held(await _writer.LockAsync(conversationIds, cancellationToken));
    }

    /// <summary>Conversations whose rows a statement of the caller's own took, <c>for no key update</c> and in the order of their ids.</summary>
    public void Held(IEnumerable<Conversation> conversations)
    {
        foreach (var conversation in conversations) _conversations[conversation.Id] = conversation;
    }

    /// <summary>The locked conversation as it stands, with what this transaction did to it; null where there is none.</summary>
    public Conversation? Find(Guid conversationId) => _conversations.GetValueOrDefault(conversationId);

    /// <inheritdoc cref="Find"/>
    public Conversation this[Guid conversationId] => _conversations[conversationId];

    /// <summary>Messages of locked conversations as they stand.</summary>
    public async Task<IReadOnlyList<Message>> LoadAsync(IReadOnlyCollection<Guid> messageIds, CancellationToken cancellationToken)
    {
        var missing = messageIds.Where(id => !_messages.ContainsKey(id)).ToArray();
        if (missing.Length > 0)
            foreach (var message in await _writer.LoadMessagesAsync(missing, cancellationToken))
                _messages[message.Id] = message;
        return [.. messageIds.Where(_messages.ContainsKey).Select(id => _messages[id])];
    }

    /// <summary>A message that was added or loaded, as it stands; null where there is none.</summary>
    public Message? FindMessage(Guid messageId) => _messages.GetValueOrDefault(messageId);

    /// <summary>A new message takes the conversation's next number and moves what the list shows.</summary>
    /// <param name="draft">The message; its numbers are set here.</param>
    /// <param name="quiet">An old message out of a history: it opens no window and nobody has it unread.</param>
    public Message Add(Message draft, bool quiet = false)
    {
        var conversation = _conversations[draft.ConversationId];
        var counts = draft.Direction == Direction.Inbound && !quiet;
        var seq = conversation.LastSeq + 1;
        var message = draft with { Seq = seq, CreatedSeq = seq, InboundNumber = counts ? conversation.InboundCount + 1 : null };
        _added.Add(message.Id);
        _messages[message.Id] = message;
        _changes.Add(new(ChangeKind.New, message) { Trace = Trace });
        Touch(conversation.With(message, quiet, Now) with { LastSeq = seq });
        return message;
    }

    /// <summary>A change of a message takes the conversation's next number.</summary>
    public Message Change(ChangeKind kind, Message changed)
    {
        var conversation = _conversations[changed.ConversationId];
        var message = changed with { Seq = conversation.LastSeq + 1 };
        _messages[message.Id] = message;
        _changes.Add(new(kind, message) { Trace = Trace });
        Touch(conversation with { LastSeq = message.Seq });
        return message;
    }

    /// <summary>A change of the conversation itself, which takes only the organization's number.</summary>
    public void Update(Conversation changed) => Touch(changed);

    /// <summary>A statement without a result that goes with the final write, at no round trip of its own.</summary>
    public void Also(NpgsqlBatchCommand command) => _also.Add(command);

    /// <summary>A user has read some of a conversation; so many are left.</summary>
    public void Read(Guid userId, Guid conversationId, int unread) => _unread.Add(new(userId, conversationId, unread));

    /// <summary>From the commit on something may be sent to this customer.</summary>
    public void WakeSender(Recipient recipient) => _recipients.Add(recipient);

    /// <summary>A wake-up to give once it is committed; it must not wait or fail.</summary>
    public void AfterCommit(Action wake) => _afterCommit.Add(wake);

    /// <summary>Writes, commits, and tells whoever listens. Once it has begun to write, nobody's going away stops it.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_touched.Count == 0 && _also.Count == 0)
        {
            await Transaction.CommitAsync(CancellationToken.None);
        }
        else
        {
            var changed = _changes.Select(c => c.Message.Id).Where(id => !_added.Contains(id)).Distinct();
            await _writer.CommitAsync(
                _also,
                [.. _changes.Where(c => c.Kind == ChangeKind.New).Select(c => _messages[c.Message.Id])],
                [.. changed.Select(id => _messages[id])],
                [.. _touched.Select(id => _conversations[id])]);
        }
        foreach (var (id, seq) in _writer.InboxSeqs) _conversations[id] = _conversations[id] with { InboxSeq = seq };
        var commit = new Commit(_changes, _writer.Inboxes, _unread, _recipients);
        foreach (var listener in _listeners) listener.Committed(commit);
        foreach (var wake in _afterCommit) wake();
    }

    /// <summary>Gives up what was not committed.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private void Touch(Conversation conversation)
    {
        _conversations[conversation.Id] = conversation with { UpdatedAt = Now };
        _touched.Add(conversation.Id);
    }
}
