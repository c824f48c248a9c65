using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>The measured part of a round; times are Stopwatch timestamps.</summary>
internal sealed class Window
{
    private long _from = long.MaxValue, _to = long.MaxValue;

    public void Open() => _from = Stopwatch.GetTimestamp();

    public void Close() => _to = Stopwatch.GetTimestamp();

    public double Seconds => Stopwatch.GetElapsedTime(_from, _to).TotalSeconds;

    public bool Holds(long at) => at >= _from && at <= _to;

    public bool OpenedBefore(long at) => at >= _from;
}
