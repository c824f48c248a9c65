using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// A conversation's room on this node, whose members receive each change of the conversation once, in order, without a gap. Changes that
/// arrive early are held until those before them arrive or are read from the database (<see cref="RoomStreams"/>).
/// </summary>
/// <param name="missing">Called when missing changes have to be read, with how they were noticed.</param>
internal sealed class RoomStream(
    Guid conversationId, Action<RoomStream, string> missing, RealtimeMetrics metrics, BackplaneMetrics backplane)
    : LocalGroup(Rooms.Conversation(conversationId), backplane)
{
    private const int MostHeld = 1000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, HubFrame> _held = [];
    private long? _position;
    private long _known;
    private MissedChanges? _recent;

    public Guid ConversationId => conversationId;

    /// <summary>The conversation's organization, which never changes; null until the stream has started.</summary>
    public Guid? OrganizationId { get; set; }

    /// <summary>The number up to which everything was delivered; null until the stream has started.</summary>
    public long? Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>Whether there are changes after the position that have not been delivered.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_lock) return _position < _known;
        }
    }

    /// <summary>The number after which a connection that just joined receives everything, including what is already held for it.</summary>
    public long PositionFor(CatchUpHold hold)
    {
        lock (_lock) return hold.FirstSeq is { } first ? first - 1 : _position ?? 0;
    }

    /// <inheritdoc/>
    public override void Deliver(string method, ReadOnlyMemory<byte> arguments, long seq)
    {
        if (seq > 0) Accept(new HubFrame(method, arguments, conversationId, seq));
        else base.Deliver(method, arguments, seq);
    }

    /// <summary>Starts after this number. Of the changes that arrived before it was known, older ones are dropped and newer ones delivered.</summary>
    public void Start(long position)
    {
        lock (_lock)
        {
            _position ??= position;
            DeliverHeld();
        }
        if (IsBehind) missing(this, RealtimeMetrics.Hole);
    }

    /// <summary>Compares with the stream's last number in the database.</summary>
    /// <param name="asked">The position when the database was asked.</param>
    public void Expect(long lastSeq, long asked)
    {
        lock (_lock)
        {
            if (lastSeq < asked) Restart(lastSeq);
            else _known = Math.Max(_known, lastSeq);
        }
        if (IsBehind) missing(this, RealtimeMetrics.Check);
    }

    /// <summary>Delivers the missing changes, except those that have arrived meanwhile.</summary>
    /// <param name="cause">How the gap was noticed.</param>
    public void Fill(MissedChanges missed, string cause)
    {
        lock (_lock)
        {
            if (_position is not { } position || missed.LastSeq <= position) return;
            if (missed.Messages is null) Resync(missed.LastSeq, cause);
            else
            {
                foreach (var message in missed.Messages)
                    if (message.Seq > position)
                        Write(ChatEvents.FrameOf(MissedChanges.Step(message, position)));
                metrics.Filled(cause);
            }
            _position = missed.LastSeq;
            DeliverHeld();
        }
        if (IsBehind) missing(this, cause);
    }

    /// <summary>Keeps changes that were read for one joining client, for others that reconnect at the same time.</summary>
    public void Cache(MissedChanges missed)
    {
        lock (_lock) _recent = missed;
    }

    /// <summary>The changes that were kept, if they cover everything between these numbers; otherwise null.</summary>
    public MissedChanges? FindCached(long after, long position)
    {
        lock (_lock) return _recent is { Messages: not null } recent && recent.After <= after && recent.LastSeq == position ? recent : null;
    }

    /// <summary>Drops the changes that were kept for joining clients.</summary>
    public void ClearCache()
    {
        lock (_lock) _recent = null;
    }

    private void Accept(HubFrame frame)
    {
        lock (_lock)
        {
            if (frame.Seq <= _position)
            {
                metrics.Repeated();
                return;
            }
            if (frame.Seq == _position + 1)
            {
                DeliverNext(frame);
                DeliverHeld();
                return;
            }
            _known = Math.Max(_known, frame.Seq);
            if (_held.Count < MostHeld) _held[frame.Seq] = frame;
            if (_position is null) return;
        }
        missing(this, RealtimeMetrics.Hole);
    }

    // The database was restored to an earlier state: clients have changes that it no longer holds.
    private void Restart(long lastSeq)
    {
        _held.Clear();
        _recent = null;
        _position = _known = lastSeq;
        Resync(lastSeq, RealtimeMetrics.Check);
    }

    private void Resync(long lastSeq, string cause)
    {
        metrics.Resynced(cause);
        Write(HubFrame.Of(ChatEvents.Resync, new ConversationResync(conversationId, lastSeq)));
    }

    private void DeliverHeld()
    {
        while (_held.Count > 0 && _position is { } position)
        {
            var (seq, frame) = _held.First();
            if (seq > position + 1) return;
            _held.Remove(seq);
            if (seq == position + 1) DeliverNext(frame);
        }
    }

    private void DeliverNext(HubFrame frame)
    {
        _position = frame.Seq;
        Write(frame);
    }
}
