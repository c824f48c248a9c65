using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// A conversation's room on this node, whose members hear each change of the conversation once, in order, without a hole. What comes
/// early is held until what is before it came, or was read from the database (<see cref="RoomStreams"/>).
/// </summary>
/// <param name="missing">Called when changes are missing that have to be read, with the cause by which it was noticed.</param>
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

    /// <summary>The organization that has the conversation, for good; null until the room has begun.</summary>
    public Guid? OrganizationId { get; set; }

    /// <summary>The number up to which everything was handed out; null until the room has begun.</summary>
    public long? Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>Whether there are changes after the position that have not come.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_lock) return _position < _known;
        }
    }

    /// <summary>The number after which a connection that just joined hears everything, counting what is held for it already.</summary>
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

    /// <summary>Begins after this number: of what came before it was known, the older changes are dropped and the newer ones handed out.</summary>
    public void Start(long position)
    {
        lock (_lock)
        {
            _position ??= position;
            HandOutHeld();
        }
        if (IsBehind) missing(this, RealtimeMetrics.Hole);
    }

    /// <summary>The database says that the stream goes to here.</summary>
    /// <param name="asked">The position when it was asked.</param>
    public void Expect(long lastSeq, long asked)
    {
        lock (_lock)
        {
            if (lastSeq < asked) Restart(lastSeq);
            else _known = Math.Max(_known, lastSeq);
        }
        if (IsBehind) missing(this, RealtimeMetrics.Check);
    }

    /// <summary>Hands out what was missing, unless it came by itself meanwhile.</summary>
    /// <param name="cause">How it was noticed.</param>
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
            HandOutHeld();
        }
        if (IsBehind) missing(this, cause);
    }

    /// <summary>Keeps what was read for one client that joins, for others that come back at the same time.</summary>
    public void Remember(MissedChanges missed)
    {
        lock (_lock) _recent = missed;
    }

    /// <summary>What was read a moment ago, where it is all that changed between these numbers.</summary>
    public MissedChanges? Recall(long after, long position)
    {
        lock (_lock) return _recent is { Messages: not null } recent && recent.After <= after && recent.LastSeq == position ? recent : null;
    }

    /// <summary>Drops what was read for those who joined: none has come for a while.</summary>
    public void Forget()
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
                HandOut(frame);
                HandOutHeld();
                return;
            }
            _known = Math.Max(_known, frame.Seq);
            if (_held.Count < MostHeld) _held[frame.Seq] = frame;
            if (_position is null) return;
        }
        missing(this, RealtimeMetrics.Hole);
    }

    // The database went back to an earlier state: what clients have is not what it holds.
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

    private void HandOutHeld()
    {
        while (_held.Count > 0 && _position is { } position)
        {
            var (seq, frame) = _held.First();
            if (seq > position + 1) return;
            _held.Remove(seq);
            if (seq == position + 1) HandOut(frame);
        }
    }

    private void HandOut(HubFrame frame)
    {
        _position = frame.Seq;
        Write(frame);
    }
}
