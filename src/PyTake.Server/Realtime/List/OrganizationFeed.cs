using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>One organization's list as this node tells it to its clients.</summary>
internal sealed class OrganizationFeed(Guid id)
{
    private const int MostRemembered = 5000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, int> _inboundCounts = [];
    private long? _position;
    private long _known;
    private bool _isTelling, _isOver;

    public Guid Id => id;

    /// <summary>When it may be told next (<see cref="TimeProvider.GetTimestamp"/>); only its loop moves it.</summary>
    public long DueAt { get; set; }

    /// <summary>Whether clients are being told, which takes a moment; whatever comes next has to wait for it.</summary>
    public bool IsTelling
    {
        get => Volatile.Read(ref _isTelling);
        set => Volatile.Write(ref _isTelling, value);
    }

    /// <summary>Whether there is something to tell and nothing being told.</summary>
    public bool IsReady => !IsTelling && IsBehind;

    /// <summary>The number up to which clients were told everything; null while nobody listens here.</summary>
    public long? Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>How far the list has come, as far as this node knows.</summary>
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

    /// <returns>False where it is over, and another has to take its place.</returns>
    public bool TryStart(long position)
    {
        lock (_lock)
        {
            if (_isOver) return false;
            _position ??= position;
            return true;
        }
    }

    /// <returns>Whether it is over, because nobody listens.</returns>
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

    /// <summary>Whether the customer wrote since this node last told of it; then everybody's unread count is another.</summary>
    public bool HasGrown(Conversation conversation)
    {
        lock (_lock) return conversation.InboundCount > _inboundCounts.GetValueOrDefault(conversation.Id);
    }

    /// <summary>Clients were told how these stand.</summary>
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
