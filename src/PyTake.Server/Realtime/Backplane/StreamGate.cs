namespace PyTake.Realtime;

/// <summary>Holds one conversation's events back from one connection while it is told what it missed before them.</summary>
internal sealed class StreamGate(Guid conversationId, LocalConnection connection) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<HubFrame> _held = [];
    private bool _open;

    /// <summary>The first number held so far; null where none is.</summary>
    public long? First
    {
        get
        {
            lock (_lock) return _held.Count > 0 ? _held[0].Seq : null;
        }
    }

    public bool TryHold(HubFrame frame)
    {
        if (frame.Stream != conversationId) return false;
        lock (_lock)
        {
            if (_open) return false;
            var bytes = frame.Bytes(connection.Context.Protocol);
            if (connection.Waits(bytes)) _held.Add(frame);
            else connection.Went(bytes);
            return true;
        }
    }

    /// <summary>Lets go what came after a number, and everything from now on.</summary>
    public void Open(long after)
    {
        lock (_lock)
        {
            if (_open) return;
            _open = true;
            foreach (var frame in _held)
            {
                connection.Went(frame.Bytes(connection.Context.Protocol));
                if (frame.Seq > after) connection.Write(frame);
            }
            _held.Clear();
            // Last: whoever comes with the next event waits here until the held ones are written.
            connection.Release();
        }
    }

    /// <summary>Whatever went wrong in between, nothing is kept from the connection.</summary>
    public void Dispose() => Open(0);
}
