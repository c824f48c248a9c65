using System.Threading.Channels;

namespace PyTake.Faults.Consumers;

/// <summary>
/// Keeps one stream complete by asking the database for what live events did not bring, by the rules of src/pytake-client/src/streams/feed.ts: a
/// hole, <c>resync</c> and a reconnect all end here. It asks when there is a reason to, never on a schedule.
/// </summary>
/// <param name="ask">Asks for the first page of what changed after a number.</param>
/// <param name="handOut">Is told each change once, in order; under the feed's lock.</param>
internal sealed class Feed(Func<long, CancellationToken, Task<IReadOnlyList<Entry>>> ask, Action<Entry> handOut)
{
    private const int Page = 100;
    private readonly Lock _lock = new();
    private readonly Stream _stream = new();
    private readonly Channel<bool> _reasons = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _again;

    public long Position
    {
        get { lock (_lock) return _stream.Position; }
    }

    /// <summary>Lets somebody look at what was handed out, between two changes.</summary>
    public T Look<T>(Func<T> look)
    {
        lock (_lock) return look();
    }

    /// <summary>A live event.</summary>
    public void Receive(Entry entry)
    {
        lock (_lock) HandOut(_stream.Receive(entry));
    }

    /// <summary>Somebody who knows says that there are changes up to this number.</summary>
    public void Learn(long seq)
    {
        lock (_lock) HandOut(_stream.Learn(seq));
    }

    /// <summary>Asks at once, whatever is known.</summary>
    public void CatchUp()
    {
        lock (_lock) _again = true;
        _reasons.Writer.TryWrite(true);
    }

    /// <summary>Asks whenever there is a reason, for as long as the connection lives.</summary>
    public async Task RunAsync(CancellationToken connection)
    {
        for (var failures = 0; ;)
        {
            if (failures > 0) await Task.Delay(Backoff.After(failures), connection);
            else if (!HasReason(out var isHole)) await _reasons.Reader.ReadAsync(connection);
            else if (isHole) await Task.Delay(Grace(), connection);
            if (HasReason(out _)) failures = await AskAllAsync(connection) ? 0 : failures + 1;
        }
    }

    // A hole may fill by itself: changes made on two nodes at the same moment may overtake each other.
    private static TimeSpan Grace() => TimeSpan.FromMilliseconds(50 + Random.Shared.Next(100));

    private bool HasReason(out bool isHole)
    {
        lock (_lock)
        {
            isHole = !_again;
            return _again || _stream.IsBehind;
        }
    }

    /// <returns>Whether the answer was of use.</returns>
    private async Task<bool> AskAllAsync(CancellationToken connection)
    {
        var from = Begin();
        try
        {
            while ((await AskPageAsync(connection)) >= Page) { }
            // One that brings nothing although something is missing comes from a database that lags.
            lock (_lock) return !_stream.IsBehind || _stream.Position > from;
        }
        catch (Exception exception) when (exception is RestException or HttpRequestException or IOException)
        {
            lock (_lock) _again = true;
            return false;
        }
        finally
        {
            lock (_lock) HandOut(_stream.Release());
        }
    }

    private long Begin()
    {
        lock (_lock)
        {
            _again = false;
            _stream.Hold();
            return _stream.Position;
        }
    }

    private async Task<int> AskPageAsync(CancellationToken connection)
    {
        var page = await ask(Position, connection);
        lock (_lock) foreach (var entry in _stream.Fill(page)) handOut(entry);
        return page.Count;
    }

    private void HandOut(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries) handOut(entry);
        if (_stream.IsBehind) _reasons.Writer.TryWrite(true);
    }
}
