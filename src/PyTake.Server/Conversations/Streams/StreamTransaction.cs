using System.Diagnostics;
using Npgsql;
using PyTake.Telemetry;

namespace PyTake.Conversations;

/// <summary>
/// The only way to change conversations and their messages. It locks the rows of its conversations, gives each change of a message its seq,
/// writes everything in a few statements, takes the organization's inbox numbers last, commits, and then notifies the listeners. Not
/// thread-safe.
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
    private readonly List<NpgsqlBatchCommand> _statements = [];
    private readonly List<Action> _afterCommit = [];
    private readonly List<UnreadCount> _unread = [];
    private readonly List<Recipient> _recipients = [];

    internal StreamTransaction(StreamWriter writer, IReadOnlyList<ICommitListener> listeners, DateTime now)
        => (_writer, _listeners, Now) = (writer, listeners, now);

    /// <summary>The time that all changes of this transaction get.</summary>
    public DateTime Now { get; }

    /// <summary>For the caller's own statements in the same transaction.</summary>
    public NpgsqlConnection Connection => _writer.Connection;

    /// <inheritdoc cref="Connection"/>
    public NpgsqlTransaction Transaction => _writer.Transaction;

    /// <summary>The trace that further changes belong to; at first the caller's.</summary>
    internal ActivityContext Trace { get; set; } = Tracing.Here;

    /// <summary>The changes made so far, in order.</summary>
    public IReadOnlyList<StreamChange> Changes => _changes;

    /// <summary>Locks the rows of these conversations, in the order of their ids, until the transaction ends.</summary>
    /// <remarks>Lock all of them in one call: a second call may deadlock with a transaction that locks in the opposite order.</remarks>
    public async Task LockAsync(IReadOnlyCollection<Guid> conversationIds, CancellationToken cancellationToken)
    {
        if (conversationIds.Count == 0) return;
        AddLocked(await _writer.LockAsync(conversationIds, cancellationToken));
    }

    /// <summary>Adds conversations that the caller's own statement locked, <c>for no key update</c> and in the order of their ids.</summary>
    public void AddLocked(IEnumerable<Conversation> conversations)
    {
        foreach (var conversation in conversations) _conversations[conversation.Id] = conversation;
    }

    /// <summary>Adds messages that the caller's own statement read after it had locked their conversations.</summary>
    public void AddLoaded(IEnumerable<Message> messages)
    {
        foreach (var message in messages) _messages[message.Id] = message;
    }

    /// <summary>A locked conversation, including this transaction's changes; null if it is not locked or does not exist.</summary>
    public Conversation? Find(Guid conversationId) => _conversations.GetValueOrDefault(conversationId);

    /// <inheritdoc cref="Find"/>
    public Conversation this[Guid conversationId] => _conversations[conversationId];

    /// <summary>Messages of locked conversations, including this transaction's changes.</summary>
    public async Task<IReadOnlyList<Message>> LoadAsync(IReadOnlyCollection<Guid> messageIds, CancellationToken cancellationToken)
    {
        var missing = messageIds.Where(id => !_messages.ContainsKey(id)).ToArray();
        if (missing.Length > 0) AddLoaded(await _writer.LoadMessagesAsync(missing, cancellationToken));
        return [.. messageIds.Where(_messages.ContainsKey).Select(id => _messages[id])];
    }

    /// <summary>A message that was added or loaded, including this transaction's changes; null if there is none.</summary>
    public Message? FindMessage(Guid messageId) => _messages.GetValueOrDefault(messageId);

    /// <summary>Adds a message, which gets the conversation's next seq and updates what the list shows.</summary>
    /// <param name="draft">The message; its seq and inbound number are set here.</param>
    /// <param name="quiet">For an old message from an imported history: it opens no window and does not count as unread.</param>
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

    /// <summary>Changes a message, which gets the conversation's next seq.</summary>
    /// <param name="changed">The changed message, which was loaded or added before.</param>
    public Message Change(ChangeKind kind, Message changed)
    {
        var (conversation, before) = (_conversations[changed.ConversationId], _messages[changed.Id]);
        // Whatever comes later of an erased message: nothing of it is stored again.
        if (before.IsErased()) changed = before.OnlyTicked(changed);
        var message = changed with { Seq = conversation.LastSeq + 1 };
        Touch(conversation.WithStatus(before.Status, message.Status) with { LastSeq = message.Seq });
        _messages[message.Id] = message;
        _changes.Add(new(kind, message) { Trace = Trace });
        return message;
    }

    /// <summary>Changes the conversation itself, which gets a new inbox number but no seq.</summary>
    public void Update(Conversation changed) => Touch(changed);

    /// <summary>Adds a statement without a result to the final batch, so that it costs no round trip.</summary>
    public void AddStatement(NpgsqlBatchCommand command) => _statements.Add(command);

    /// <summary>Reports a user's new unread count of a conversation.</summary>
    public void Read(Guid userId, Guid conversationId, int unread) => _unread.Add(new(userId, conversationId, unread));

    /// <summary>Has the sender woken after the commit, for messages to this customer.</summary>
    public void WakeSender(Recipient recipient) => _recipients.Add(recipient);

    /// <summary>Adds a wake-up to call after the commit; it must neither block nor throw.</summary>
    public void AfterCommit(Action wake) => _afterCommit.Add(wake);

    /// <summary>Writes, commits, and notifies the listeners. Once it has begun to write, it can no longer be cancelled.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_touched.Count == 0 && _statements.Count == 0)
        {
            await Transaction.CommitAsync(CancellationToken.None);
        }
        else
        {
            var changed = _changes.Select(c => c.Message.Id).Where(id => !_added.Contains(id)).Distinct();
            await _writer.CommitAsync(
                _statements,
                [.. _changes.Where(c => c.Kind == ChangeKind.New).Select(c => _messages[c.Message.Id])],
                [.. changed.Select(id => _messages[id])],
                [.. _touched.Select(id => _conversations[id])]);
        }
        foreach (var (id, seq) in _writer.InboxSeqs) _conversations[id] = _conversations[id] with { InboxSeq = seq };
        var commit = new Commit(_changes, _writer.Inboxes, _unread, _recipients);
        foreach (var listener in _listeners) listener.Committed(commit);
        foreach (var wake in _afterCommit) wake();
    }

    /// <summary>Rolls back what was not committed.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private void Touch(Conversation conversation)
    {
        _conversations[conversation.Id] = conversation with { UpdatedAt = Now };
        _touched.Add(conversation.Id);
    }
}
