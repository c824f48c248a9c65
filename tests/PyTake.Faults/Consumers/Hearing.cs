using System.Diagnostics;

namespace PyTake.Faults.Consumers;

/// <summary>Measures the longest time in which a consumer received no change, between <see cref="Begin"/> and <see cref="End"/>.</summary>
internal sealed class Hearing
{
    private readonly Lock _lock = new();
    private bool _listens;
    private long _last;
    private TimeSpan _longest;

    /// <param name="at">A Stopwatch timestamp; ascending.</param>
    public void Heard(long at)
    {
        lock (_lock) Note(at);
    }

    /// <summary>Starts measuring.</summary>
    public void Begin()
    {
        lock (_lock) (_listens, _last, _longest) = (true, Stopwatch.GetTimestamp(), TimeSpan.Zero);
    }

    /// <summary>Stops measuring.</summary>
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
        // A change from before the measurement began may arrive here late.
        if (!_listens || at < _last) return;
        var silence = Stopwatch.GetElapsedTime(_last, at);
        if (silence > _longest) _longest = silence;
        _last = at;
    }
}
