namespace PyTake.Faults.Consumers;

/// <summary>A message as a consumer shows it.</summary>
/// <param name="FirstSeenAt">A Stopwatch timestamp.</param>
internal sealed record ShownMessage(long Seq, string Status, string Text, long FirstSeenAt);

/// <summary>What one consumer shows.</summary>
/// <param name="Foreign">What the server sent that was not meant for it.</param>
internal sealed record Shown(string Consumer, IReadOnlyList<ConversationView> Conversations, ListView List, IReadOnlyCollection<string> Foreign)
{
    /// <summary>Descriptions of what its client gave up on.</summary>
    public IReadOnlyCollection<string> Broken { get; init; } = [];
}

/// <summary>What a consumer shows of one conversation, built from what its client emitted, with the inconsistencies found in that.</summary>
internal sealed class ConversationView(Guid id)
{
    private readonly Dictionary<Guid, ShownMessage> _messages = [];
    private readonly List<string> _oddities = [];
    private Told? _last;

    public Guid Id => id;
    public IReadOnlyDictionary<Guid, ShownMessage> Messages => _messages;

    /// <summary>Changes that arrived out of order, twice, or for a message that never arrived.</summary>
    public IReadOnlyList<string> Oddities => _oddities;

    public void Show(Told told)
    {
        if (_last is { } last && told.Seq <= last.Seq && !IsSameChange(last, told)) _oddities.Add($"{told.Kind} {told.Seq} came after {last.Kind} {last.Seq}");
        _last = told;
        var known = _messages.GetValueOrDefault(told.Message);
        if (known is null != (told.Kind == TellingKind.New))
            _oddities.Add($"message {told.Message} was reported as {told.Kind}, but {(known is null ? "was not known" : "was known already")}");
        if (told.Kind != TellingKind.Status) _messages[told.Message] = new ShownMessage(told.Seq, told.Status, told.Text, known?.FirstSeenAt ?? told.At);
        else if (known is not null) _messages[told.Message] = known with { Seq = told.Seq, Status = told.Status };
    }

    public ConversationView Copy()
    {
        var copy = new ConversationView(id) { _last = _last };
        foreach (var (key, message) in _messages) copy._messages[key] = message;
        copy._oddities.AddRange(_oddities);
        return copy;
    }

    // Catching up, the client emits a changed status first and then the whole message, with the same seq: together they are one change.
    private static bool IsSameChange(Told last, Told told) =>
        (last.Kind, told.Kind) == (TellingKind.Status, TellingKind.Updated) && (last.Message, last.Seq, last.Status) == (told.Message, told.Seq, told.Status);
}

/// <summary>What a consumer shows in the organization's list: the last change of each conversation.</summary>
internal sealed class ListView
{
    private readonly Dictionary<Guid, (long InboxSeq, long LastSeq)> _conversations = [];
    private readonly List<string> _oddities = [];
    private long _last;

    public IReadOnlyDictionary<Guid, (long InboxSeq, long LastSeq)> Conversations => _conversations;
    public IReadOnlyList<string> Oddities => _oddities;

    public void Show(Told told)
    {
        if (told.Seq <= _last) _oddities.Add($"the list's change {told.Seq} came after {_last}");
        _last = told.Seq;
        _conversations[told.Conversation] = (told.Seq, told.LastSeq);
    }

    public ListView Copy()
    {
        var copy = new ListView { _last = _last };
        foreach (var (key, conversation) in _conversations) copy._conversations[key] = conversation;
        copy._oddities.AddRange(_oddities);
        return copy;
    }
}
