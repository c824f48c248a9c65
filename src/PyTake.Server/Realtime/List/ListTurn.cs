using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>One turn of an organization's feed: what changed since the last, all as of one moment, for those who watch and those who begin to.</summary>
/// <param name="joining">The watches that begin with it.</param>
/// <param name="expected">A number that the list is known to have reached.</param>
/// <param name="isRestart">Whether those who watch already have to resync.</param>
/// <param name="countsAreDue">Whether counts may be sent.</param>
internal sealed class ListTurn(OrganizationFeed feed, IReadOnlyList<ListWatch> joining, long expected, bool isRestart, bool countsAreDue)
{
    private const int EventsPerFrame = 50;

    private readonly Dictionary<(ViewKey, long), HubFrame[]> _missed = [];
    private ILookup<ListWatch, (string, ReadOnlyMemory<byte>)>? _unread;
    private ListChange[] _changes = [];
    private bool _isCut;

    public OrganizationFeed Feed => feed;
    public IReadOnlyList<ListWatch> Joining => joining;
    public bool IsRestart => isRestart;
    public bool CountsAreDue => countsAreDue;

    /// <summary>The number after which changes are to be read.</summary>
    public long After => joining.Select(watch => watch.After).Append(feed.Position).Min() ?? 0;

    /// <summary>What changed since the last turn, in order.</summary>
    public IReadOnlyList<ListChange> Live { get; private set; } = [];

    /// <summary>The number up to which everything is known.</summary>
    public long Position { get; private set; }

    /// <summary>In how many active conversations each user has read everything that the customer wrote.</summary>
    public IReadOnlyDictionary<Guid, int> UpToDate { get; set; } = new Dictionary<Guid, int>();

    /// <summary>resync, for those who watch already.</summary>
    public (string, ReadOnlyMemory<byte>) Resync => (ChatEvents.Resync, ChatEvents.Arguments(new InboxResync(Position)));

    /// <summary>Takes what changed.</summary>
    /// <param name="changed">The latest changes after <see cref="After"/>, in order; more than the limit if there are still more.</param>
    /// <returns>False if the feed has missed too much to continue.</returns>
    public bool TryRead(IEnumerable<Conversation> changed, int limit)
    {
        var from = feed.Position ?? 0;
        _changes = [.. changed.Select(c => new ListChange(c))];
        var fitting = AnswerSize.Fitting([.. _changes.Select(change => change.Conversation).Reverse()], AnswerSize.Of);
        _isCut = _changes.Length > limit || fitting < _changes.Length;
        _changes = _changes[^fitting..];
        if (Since(from) is not { } live) return false;
        Live = live;
        Position = Math.Max(Math.Max(from, expected), live.Length > 0 ? live[^1].InboxSeq : 0);
        return true;
    }

    /// <summary>What a beginning watch has missed of its view, or of the conversations that its connection has open.</summary>
    public IEnumerable<(ListWatch Watch, ListChange Change)> WrittenForJoining() =>
        from watch in joining
        where watch.After is not null
        from change in Since(watch.After ?? 0) ?? []
        where change.Standing.InboundCount > 0 && (change.Standing.IsIn(watch.Key) || watch.Socket.IsIn(change.Conversation.Id))
        select (watch, change);

    /// <summary>Sets the unread counts to send with the changes.</summary>
    public void SetUnread(IEnumerable<(ListWatch Watch, (string, ReadOnlyMemory<byte>) Event)> events)
        => _unread = events.ToLookup(e => e.Watch, e => e.Event);

    public IEnumerable<(string, ReadOnlyMemory<byte>)> UnreadOf(ListWatch watch) => _unread?[watch] ?? [];

    /// <summary>What to answer to a watch that begins with this turn.</summary>
    public WatchBegun Begun(ListWatch watch, ListCounts counts)
    {
        if (watch.After is not { } after) return new(Position, counts, []);
        if (after > Position || Since(after) is not { } changes) return new(Position, counts, Missed: null);
        // After a node died, all its clients with this view come back with the same number.
        if (!_missed.TryGetValue((watch.Key, after), out var missed)) _missed[(watch.Key, after)] = missed = Frames(Events(changes, watch.Key, after));
        return new(Position, counts, [.. missed, .. Frames(UnreadOf(watch))]);
    }

    // Null where they are more than were read.
    private ListChange[]? Since(long after)
        => _isCut && _changes[0].InboxSeq > after ? null : [.. _changes.Where(change => change.InboxSeq > after)];

    private static (string, ReadOnlyMemory<byte>)[] Events(ListChange[] changes, ViewKey key, long after)
    {
        var chain = new ListChain(after);
        foreach (var change in changes)
            if (change.Standing.IsIn(key)) chain.Updated(change);
            else chain.Removed(change);
        return chain.Take();
    }

    private static HubFrame[] Frames(IEnumerable<(string, ReadOnlyMemory<byte>)> events)
        => [.. events.Chunk(EventsPerFrame).Select(some => new HubFrame(some))];
}
