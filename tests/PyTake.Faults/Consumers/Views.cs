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
    private Observation? _last;

    public Guid Id => id;
    public IReadOnlyDictionary<Guid, ShownMessage> Messages => _messages;

    /// <summary>Changes that arrived out of order, twice, or for a message that never arrived.</summary>
    public IReadOnlyList<string> Oddities => _oddities;

    public void Show(Observation observation)
    {
        if (_last is { } last && observation.Seq <= last.Seq && !IsSameChange(last, observation)) _oddities.Add($"{observation.Kind} {observation.Seq} came after {last.Kind} {last.Seq}");
        _last = observation;
        var known = _messages.GetValueOrDefault(observation.Message);
        if (known is null != (observation.Kind == ObservationKind.New))
            _oddities.Add($"message {observation.Message} was reported as {observation.Kind}, but {(known is null ? "was not known" : "was known already")}");
        if (observation.Kind != ObservationKind.Status) _messages[observation.Message] = new ShownMessage(observation.Seq, observation.Status, observation.Text, known?.FirstSeenAt ?? observation.At);
        else if (known is not null) _messages[observation.Message] = known with { Seq = observation.Seq, Status = observation.Status };
    }

    public ConversationView Copy()
    {
        var copy = new ConversationView(id) { _last = _last };
        foreach (var (key, message) in _messages) copy._messages[key] = message;
        copy._oddities.AddRange(_oddities);
        return copy;
    }

    // Catching up, the client emits a changed status first and then the whole message, with the same seq: together they are one change.
    private static bool IsSameChange(Observation last, Observation observation) =>
        (last.Kind, observation.Kind) == (ObservationKind.Status, ObservationKind.Updated) && (last.Message, last.Seq, last.Status) == (observation.Message, observation.Seq, observation.Status);
}

/// <summary>What a consumer shows in the organization's list: the last change of each conversation.</summary>
internal sealed class ListView
{
    private readonly Dictionary<Guid, (long InboxSeq, long LastSeq)> _conversations = [];
    private readonly List<string> _oddities = [];
    private long _last;

    public IReadOnlyDictionary<Guid, (long InboxSeq, long LastSeq)> Conversations => _conversations;
    public IReadOnlyList<string> Oddities => _oddities;

    public void Show(Observation observation)
    {
        if (observation.Seq <= _last) _oddities.Add($"the list's change {observation.Seq} came after {_last}");
        _last = observation.Seq;
        _conversations[observation.Conversation] = (observation.Seq, observation.LastSeq);
    }

    public ListView Copy()
    {
        var copy = new ListView { _last = _last };
        foreach (var (key, conversation) in _conversations) copy._conversations[key] = conversation;
        copy._oddities.AddRange(_oddities);
        return copy;
    }
}
