namespace PyTake.Realtime;

/// <summary>
/// Holds back the events of one stream, a conversation or the list, from a connection that is joining it, until the events it missed before
/// them are written. Held events count towards the connection's backlog.
/// </summary>
internal sealed class CatchUpHold(Guid stream, LocalConnection connection) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<HubFrame> _held = [];
    private bool _released;

    /// <summary>The lowest number held so far; null if nothing is held.</summary>
    public long? FirstSeq
    {
        get
        {
            lock (_lock) return _held.Count > 0 ? _held[0].Seq : null;
        }
    }

    /// <returns>True if it is held, or was dropped because the connection is closed; false if the caller is to write it now.</returns>
    public bool TryHold(HubFrame frame)
    {
        if (frame.Stream != stream) return false;
        lock (_lock)
        {
            if (_released) return false;
            var bytes = frame.Bytes(connection.Context.Protocol);
            if (connection.AddToBacklog(bytes)) _held.Add(frame);
            else connection.RemoveFromBacklog(bytes);
            return true;
        }
    }

    /// <summary>Writes the held events with a higher number, drops the others, and holds nothing from now on.</summary>
    public void Release(long after)
    {
        lock (_lock)
        {
            if (_released) return;
            _released = true;
            foreach (var frame in _held)
            {
                connection.RemoveFromBacklog(frame.Bytes(connection.Context.Protocol));
                if (frame.Seq > after) connection.Write(frame);
            }
            _held.Clear();
            // Must come last: until then a new event waits for this lock, and so is written after the held ones.
            connection.EndHold();
        }
    }

    /// <summary>If joining failed before the release, the connection gets everything that was held.</summary>
    public void Dispose() => Release(after: 0);
}
