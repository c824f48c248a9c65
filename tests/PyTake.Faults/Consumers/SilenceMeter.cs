using System.Diagnostics;

namespace PyTake.Faults.Consumers;

/// <summary>Measures the longest time in which a consumer received no change, between <see cref="Begin"/> and <see cref="End"/>.</summary>
internal sealed class SilenceMeter
{
    private readonly Lock _lock = new();
    private bool _isRunning;
    private long _last;
    private TimeSpan _longest;

    /// <param name="at">A Stopwatch timestamp; ascending.</param>
    public void Record(long at)
    {
        lock (_lock) Advance(at);
    }

    /// <summary>Starts measuring.</summary>
    public void Begin()
    {
        lock (_lock) (_isRunning, _last, _longest) = (true, Stopwatch.GetTimestamp(), TimeSpan.Zero);
    }

    /// <summary>Stops measuring.</summary>
    /// <returns>The longest silence since <see cref="Begin"/>.</returns>
    public TimeSpan End()
    {
        lock (_lock)
        {
            Advance(Stopwatch.GetTimestamp());
            _isRunning = false;
            return _longest;
        }
    }

    private void Advance(long at)
    {
        // A change from before the measurement began may arrive here late.
        if (!_isRunning || at < _last) return;
        var silence = Stopwatch.GetElapsedTime(_last, at);
        if (silence > _longest) _longest = silence;
        _last = at;
    }
}
