using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>How far this node has sent one organization's list to its clients.</summary>
internal sealed class OrganizationFeed(Guid id)
{
    private const int MostRemembered = 5000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, int> _inboundCounts = [];
    private long? _position;
    private long _known;
    private bool _isTelling, _isOver;

    public Guid Id => id;

    /// <summary>When the next flush may start (<see cref="TimeProvider.GetTimestamp"/>); only the loop sets it.</summary>
    public long DueAt { get; set; }

    /// <summary>Whether a flush is being written, which takes a moment; the next one waits for it.</summary>
    public bool IsTelling
    {
        get => Volatile.Read(ref _isTelling);
        set => Volatile.Write(ref _isTelling, value);
    }

    /// <summary>Whether there is something to send and no flush is running.</summary>
    public bool IsReady => !IsTelling && IsBehind;

    /// <summary>The number up to which clients were sent everything; null while no client of the organization is connected here.</summary>
    public long? Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>The highest number of the list that this node knows of.</summary>
    public long Known
    {
        get
        {
            lock (_lock) return _known;
        }
    }

    public bool IsBehind
    {
        get
        {
            lock (_lock) return _position < _known;
        }
    }

    /// <returns>False if this feed has ended and a new one must take its place.</returns>
    public bool TryStart(long position)
    {
        lock (_lock)
        {
            if (_isOver) return false;
            _position ??= position;
            return true;
        }
    }

    /// <returns>Whether it ended because no client is connected.</returns>
    public bool EndWhere(Func<bool> nobodyListens)
    {
        lock (_lock)
        {
            if (!nobodyListens()) return false;
            (_position, _isOver) = (null, true);
            return true;
        }
    }

    public void Restart(long position)
    {
        lock (_lock) _position = _known = position;
    }

    /// <returns>Whether the feed was up to date until now; otherwise its loop knows already.</returns>
    public bool Expect(long seq)
    {
        lock (_lock)
        {
            var news = _position >= _known && seq > _position;
            _known = Math.Max(_known, seq);
            return news;
        }
    }

    public void Advance(long position)
    {
        lock (_lock)
            if (_position < position)
                _position = position;
    }

    /// <summary>Whether the customer has written since this node last sent the conversation, which changes every user's unread count.</summary>
    public bool HasGrown(Conversation conversation)
    {
        lock (_lock) return conversation.InboundCount > _inboundCounts.GetValueOrDefault(conversation.Id);
    }

    /// <summary>Clients were sent these.</summary>
    public void Told(IEnumerable<Conversation> conversations)
    {
        lock (_lock)
            foreach (var conversation in conversations)
            {
                if (_inboundCounts.Count >= MostRemembered) _inboundCounts.Clear();
                _inboundCounts[conversation.Id] = conversation.InboundCount;
            }
    }
}
