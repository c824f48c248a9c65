using System.Diagnostics;

namespace PyTake.Faults.Consumers;

/// <summary>The longest time in which a consumer heard nothing, while somebody listens for that.</summary>
internal sealed class Hearing
{
    private readonly Lock _lock = new();
    private bool _listens;
    private long _last;
    private TimeSpan _longest;

    public void Heard()
    {
        lock (_lock) Note();
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
            Note();
            _listens = false;
            return _longest;
        }
    }

    private void Note()
    {
        if (!_listens) return;
        var now = Stopwatch.GetTimestamp();
        var silence = Stopwatch.GetElapsedTime(_last, now);
        if (silence > _longest) _longest = silence;
        _last = now;
    }
}
