namespace PyTake.Realtime;

/// <summary>
/// One organization's list on this node: who watches it, and how far they have been sent everything. Only the loop of <see cref="InboxFeed"/>
/// starts and advances it; any thread may join or leave.
/// </summary>
/// <param name="wake">Wakes the loop.</param>
internal sealed class OrganizationFeed(Guid id, Action wake)
{
    private readonly Lock _lock = new();
    private readonly ActiveConversations _active = new();
    private readonly WatchedViews _views = new(id);
    private readonly List<ListWatch> _joining = [];
    private long? _position;
    private long _known;
    private long _dueAt, _countsDueAt;
    private bool _isTelling, _isOver, _isStale, _owesResync, _countsChanged;

    public Guid Id => id;

    /// <summary>The number up to which everything was sent; null until the feed has been started.</summary>
    public long? Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>When the loop is to turn to it (<see cref="TimeProvider.GetTimestamp"/>); null while there is nothing to do.</summary>
    public long? NextAt
    {
        get
        {
            lock (_lock)
            {
                if (_isTelling) return null;
                if (_joining.Count > 0) return long.MinValue;
                if (_views.IsEmpty) return null;
                if (_isStale || _owesResync || _position < _known) return _dueAt;
                return _countsChanged ? Math.Max(_dueAt, _countsDueAt) : null;
            }
        }
    }

    /// <summary>Adds a watch, which becomes part of the feed in the loop's next turn.</summary>
    /// <returns>False if this feed has ended and a new one must take its place.</returns>
    public bool TryJoin(ListWatch watch)
    {
        lock (_lock)
        {
            if (_isOver) return false;
            _joining.Add(watch);
        }
        wake();
        return true;
    }

    /// <summary>Ends a connection's watch: nothing is written to it from now on.</summary>
    public void Leave(ChatSocket socket)
    {
        lock (_lock)
        {
            foreach (var watch in _joining.Where(w => w.Socket == socket)) watch.Begun.TrySetCanceled();
            _joining.RemoveAll(w => w.Socket == socket);
            _views.Remove(socket);
        }
    }

    /// <returns>Whether it ended because nobody watches the list here.</returns>
    public bool EndIfUnwatched()
    {
        lock (_lock) return _isOver = _views.IsEmpty && _joining.Count == 0;
    }

    /// <summary>Whether a conversation is in a view. In doubt it is.</summary>
    public bool Shows(ViewKey key, Guid conversationId)
    {
        lock (_lock) return _position is null || _active.Find(conversationId).IsIn(key);
    }

    /// <summary>The list has reached this number, or will.</summary>
    /// <returns>Whether the feed was up to date until now; otherwise its loop knows already.</returns>
    public bool Expect(long seq)
    {
        lock (_lock)
        {
            var news = !_views.IsEmpty && _position >= _known && seq > _position;
            _known = Math.Max(_known, seq);
            return news;
        }
    }

    /// <summary>A user who watches here has read something.</summary>
    public void CountsChanged()
    {
        lock (_lock) _countsChanged = true;
        wake();
    }

    /// <summary>What it knows is of no use any more: the loop starts it again at the database's position, and its clients are told to resync.</summary>
    public void Invalidate()
    {
        lock (_lock) _isStale = true;
    }

    /// <summary>Not before this time, except for watches that begin.</summary>
    public void Pause(long until)
    {
        lock (_lock) (_dueAt, _countsDueAt) = (until, Math.Max(_countsDueAt, until));
    }

    /// <summary>Ends a turn that failed: the watches that were to begin fail with it, and all else is repeated.</summary>
    public void GiveUp(ListTurn turn, Exception exception)
    {
        lock (_lock)
        {
            _joining.RemoveAll(turn.Joining.Contains);
            _countsChanged |= turn.CountsAreDue;
        }
        foreach (var watch in turn.Joining) watch.Begun.TrySetException(exception);
    }

    /// <summary>Begins a turn of the loop.</summary>
    public ListTurn Begin(long now)
    {
        lock (_lock)
        {
            if (_isStale) Forget();
            var countsAreDue = !_views.IsEmpty && _countsDueAt <= now && (_countsChanged || _owesResync || _position < _known);
            // Before they are counted: what is read meanwhile changes them again.
            if (countsAreDue) _countsChanged = false;
            return new ListTurn(this, [.. _joining], _known, isRestart: _owesResync, countsAreDue);
        }
    }

    /// <summary>Starts at the database's position.</summary>
    public void Start(long position, IEnumerable<(Guid Id, Standing Standing)> active)
    {
        lock (_lock)
        {
            (_position, _known) = (position, Math.Max(_known, position));
            foreach (var (conversationId, standing) in active) _active.Put(conversationId, standing);
        }
    }

    /// <summary>The changes whose customers have written since this node last looked, with the watches that show them.</summary>
    public IEnumerable<(ListWatch Watch, ListChange Change)> WrittenIn(IReadOnlyList<ListChange> changes)
    {
        lock (_lock)
            return [.. from change in changes
                       where HasGrown(change)
                       from watch in _views.WatchesOf(change.Standing)
                       select (watch, change)];
    }

    /// <summary>Whether the customer has written since this node last looked, which changes every user's unread count.</summary>
    public bool HasGrown(ListChange change)
    {
        lock (_lock) return change.Standing.InboundCount > _active.Find(change.Conversation.Id).InboundCount;
    }

    /// <summary>The users whose counts a turn needs.</summary>
    public IReadOnlyCollection<Guid> CountedIn(ListTurn turn)
    {
        lock (_lock) return turn.Joining.Concat(turn.CountsAreDue ? _views.Watches : []).Select(watch => watch.UserId).ToHashSet();
    }

    /// <summary>Advances by a turn's changes.</summary>
    /// <param name="turn">What changed; everything up to its position is known then.</param>
    /// <param name="countsDueAt">When counts may be sent again, if they are due in this turn.</param>
    /// <returns>What to write to which watch.</returns>
    public IReadOnlyList<(ListWatch Watch, HubFrame Frame)> Advance(ListTurn turn, long countsDueAt)
    {
        lock (_lock)
        {
            var before = turn.Live.Select(change => _active.Put(change.Conversation.Id, change.Standing)).ToArray();
            (_position, _owesResync) = (turn.Position, false);
            if (turn.IsRestart) _views.Restart(turn.Position);
            else foreach (var (change, was) in turn.Live.Zip(before)) _views.Changed(change, was, _active);
            var frames = _views.Frames(turn, _active);
            foreach (var watch in turn.Joining)
                if (_joining.Remove(watch))
                    _views.Add(watch, turn, _active);
            if (turn.CountsAreDue) _countsDueAt = countsDueAt;
            else _countsChanged |= turn.Live.Count > 0 || turn.IsRestart;
            return frames;
        }
    }

    /// <summary>Writes to those that still watch.</summary>
    public void Write(IEnumerable<(ListWatch Watch, HubFrame Frame)> frames, Action<LocalConnection, HubFrame> write)
    {
        lock (_lock)
            foreach (var (watch, frame) in frames)
                if (watch.Socket.Watch == watch)
                    write(watch.Connection, frame);
    }

    /// <summary>Whether a turn's frames are still being written, which takes a moment; the next turn waits for it.</summary>
    public void SetTelling(bool isTelling)
    {
        lock (_lock) _isTelling = isTelling;
    }

    private void Forget()
    {
        (_isStale, _owesResync, _position, _known) = (false, !_views.IsEmpty, null, 0);
        _active.Clear();
    }
}
