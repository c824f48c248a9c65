using System.Diagnostics;

namespace PyTake.Faults.Consumers;

/// <summary>The longest time in which a consumer was told nothing, while somebody listens for that.</summary>
internal sealed class Hearing
{
    private readonly Lock _lock = new();
    private bool _listens;
    private long _last;
    private TimeSpan _longest;

    /// <param name="at">By Stopwatch; ascending.</param>
    public void Heard(long at)
    {
        lock (_lock) Note(at);
    }

    /// <summary>Begins to measure.</summary>
    public void Begin()
    {
        lock (_lock) (_listens, _last, _longest) = (true, Stopwatch.GetTimestamp(), TimeSpan.Zero);
    }

    /// <summary>Ends it.</summary>
    /// <returns>The longest silence since <see cref="Begin"/>.</returns>
    public TimeSpan End()
    {
        lock (_lock)
        {
            Note(Stopwatch.GetTimestamp());
            _listens = false;
            return _longest;
        }
    }

    private void Note(long at)
    {
        // What was told before somebody listened may come here later.
        if (!_listens || at < _last) return;
        var silence = Stopwatch.GetElapsedTime(_last, at);
        if (silence > _longest) _longest = silence;
        _last = at;
    }
}
