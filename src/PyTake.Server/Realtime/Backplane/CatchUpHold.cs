namespace PyTake.Realtime;

/// <summary>
/// Holds back one conversation's events from one connection that joins, until what it missed before them is written. What is held
/// counts as waiting for its browser.
/// </summary>
internal sealed class CatchUpHold(Guid conversationId, LocalConnection connection) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<HubFrame> _held = [];
    private bool _released;

    /// <summary>The first number held so far; null where none is.</summary>
    public long? FirstSeq
    {
        get
        {
            lock (_lock) return _held.Count > 0 ? _held[0].Seq : null;
        }
    }

    /// <returns>Whether it is held, or was dropped because the connection is closed; false where it is to be written now.</returns>
    public bool TryHold(HubFrame frame)
    {
        if (frame.Stream != conversationId) return false;
        lock (_lock)
        {
            if (_released) return false;
            var bytes = frame.Bytes(connection.Context.Protocol);
            if (connection.Waits(bytes)) _held.Add(frame);
            else connection.Went(bytes);
            return true;
        }
    }

    /// <summary>Writes what was held and has a higher number, and holds nothing from now on.</summary>
    public void Release(long after)
    {
        lock (_lock)
        {
            if (_released) return;
            _released = true;
            foreach (var frame in _held)
            {
                connection.Went(frame.Bytes(connection.Context.Protocol));
                if (frame.Seq > after) connection.Write(frame);
            }
            _held.Clear();
            // Last: until then the next event waits for this lock, behind the held ones.
            connection.HoldsNothing();
        }
    }

    /// <summary>Where joining failed in between, the connection gets all that was held.</summary>
    public void Dispose() => Release(after: 0);
}
