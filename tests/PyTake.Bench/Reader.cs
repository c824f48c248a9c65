using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>
/// What one reader of one conversation (a browser, or the database itself) saw, and the faults in it. One thread writes;
/// others may read meanwhile.
/// </summary>
internal sealed class Reader(Ledger ledger, int conversation)
{
    private readonly long[] _seen = new long[ledger.PerConversation];
    private long _lastSeq, _newestSent;

    public int Duplicated { get; private set; }
    public int OutOfOrder { get; private set; }
    public int Misrouted { get; private set; }

    /// <summary>Records that message <paramref name="id"/> arrived with this seq of the conversation's stream.</summary>
    public void See(int id, long seq, long at)
    {
        if ((uint)id >= (uint)ledger.Taken || id % ledger.Conversations != conversation) { Misrouted++; return; }
        ref var seen = ref _seen[id / ledger.Conversations];
        if (seen != 0) { Duplicated++; return; }
        seen = at;

        // Two orders are checked: seq must grow, and a message must not follow one that was sent only after this one had been
        // acknowledged. Messages whose POSTs overlapped may arrive in either order.
        var acknowledged = ledger.AcknowledgedAt(id);
        if (seq <= _lastSeq || (acknowledged != 0 && _newestSent > acknowledged)) OutOfOrder++;
        _lastSeq = Math.Max(_lastSeq, seq);
        _newestSent = Math.Max(_newestSent, ledger.SentAt(id));
    }

    /// <summary>The number of acknowledged messages that never arrived.</summary>
    public int Lost()
    {
        var lost = 0;
        for (var id = conversation; id < ledger.Taken; id += ledger.Conversations)
            if (SeenAt(id) == 0 && ledger.IsAcknowledged(id)) lost++;
        return lost;
    }

    public IEnumerable<long> Arrivals => _seen.Where(at => at != 0);

    /// <summary>Milliseconds from the POST's start to here, for messages sent in the window.</summary>
    public IEnumerable<double> LatenciesIn(Window window)
    {
        for (var id = conversation; id < ledger.Taken; id += ledger.Conversations)
            if (SeenAt(id) is not 0 and var at && window.Holds(ledger.SentAt(id)))
                yield return Stopwatch.GetElapsedTime(ledger.SentAt(id), at).TotalMilliseconds;
    }

    private long SeenAt(int id) => Volatile.Read(ref _seen[id / ledger.Conversations]);
}
