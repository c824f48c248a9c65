using System.Text.Json;

namespace PyTake.Faults.Consumers;

/// <summary>A change and the numbers it covers: everything in (Previous, Seq].</summary>
/// <param name="Kind">The event's name; a whole message from the database's answer is <c>message:new</c>.</param>
internal sealed record Entry(long Seq, long Previous, string Kind, JsonElement Payload);

/// <summary>
/// One numbered stream as one client sees it, by the rules of src/pytake-client/src/streams/stream.ts: live events may be lost, repeated or out
/// of order; each number is handed out once, ascending, and what is missing has to be asked for.
/// </summary>
internal sealed class Stream
{
    private const int Capacity = 500;
    private readonly SortedDictionary<long, Entry> _ahead = [];
    private long _highest;
    private int _holds;

    /// <summary>Everything up to here was handed out, or was superseded by a later change.</summary>
    public long Position { get; private set; }

    /// <summary>Something is known to exist after the position.</summary>
    public bool IsBehind => _highest > Position;

    /// <summary>The database holds changes up to this number.</summary>
    public IReadOnlyList<Entry> Learn(long seq)
    {
        _highest = Math.Max(_highest, seq);
        return Drain();
    }

    /// <summary>A live event.</summary>
    public IReadOnlyList<Entry> Receive(Entry entry)
    {
        if (entry.Seq <= Position) return [];
        _highest = Math.Max(_highest, entry.Seq);
        if (_ahead.Count < Capacity || entry.Previous <= Position) _ahead[entry.Seq] = entry;
        return Drain();
    }

    /// <summary>A page of the answer to "what changed after the position": numbers missing in it were superseded.</summary>
    public IReadOnlyList<Entry> Fill(IEnumerable<Entry> page)
    {
        List<Entry> ready = [];
        foreach (var entry in page.Where(entry => entry.Seq > Position)) Advance(entry, ready);
        return ready;
    }

    /// <summary>Keeps live events back until the matching <see cref="Release"/>: a page is on its way.</summary>
    public void Hold() => _holds++;

    public IReadOnlyList<Entry> Release()
    {
        _holds--;
        return Drain();
    }

    private List<Entry> Drain()
    {
        List<Entry> ready = [];
        while (_holds == 0 && _ahead.Count > 0)
        {
            var entry = _ahead.First().Value;
            if (entry.Seq > Position && entry.Previous > Position) break;
            _ahead.Remove(entry.Seq);
            if (entry.Seq > Position) Advance(entry, ready);
        }
        return ready;
    }

    private void Advance(Entry entry, List<Entry> ready)
    {
        Position = entry.Seq;
        _highest = Math.Max(_highest, entry.Seq);
        ready.Add(entry);
    }
}
