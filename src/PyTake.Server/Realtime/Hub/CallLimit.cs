namespace PyTake.Realtime;

/// <summary>What to do with a hub call.</summary>
internal enum CallVerdict
{
    Allowed,
    Refused,
    /// <summary>The client keeps calling over the limit: the connection is to be closed.</summary>
    TooMany,
}

/// <summary>Limits a connection's calls per second, with bursts (CONTRACT, section 8). Not thread-safe: a connection makes one call at a time.</summary>
internal sealed class CallLimit(int perSecond, int burst, TimeProvider time)
{
    /// <summary>How long a call waits when the burst is used up.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    // A call that begins this soon after the end of the previous one was already queued behind it.
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    // Calls are delayed as soon as less than this is left. The first tenth is free: opening a page makes a few calls at once.
    private readonly double _unhurried = burst * 0.9;
    private double _left = burst;
    private long _begunAt = time.GetTimestamp();
    private long _endedAt = time.GetTimestamp();
    private int _refused;

    /// <summary>How long a call is to wait: longer the more of the burst is used up.</summary>
    public TimeSpan Pause => LongestPause * Math.Max(0, 1 - _left / _unhurried);

    /// <summary>Whether this refusal is worth an event: once in a while, not every time.</summary>
    public bool IsWorthReporting => _refused % perSecond == 1 || perSecond == 1;

    /// <summary>Counts a call that begins.</summary>
    public CallVerdict Begin()
    {
        var now = time.GetTimestamp();
        // A call that was queued behind the previous one earns nothing for the time it waited.
        if (time.GetElapsedTime(_endedAt, now) > AtOnce) _left = Math.Min(burst, _left + time.GetElapsedTime(_begunAt, now).TotalSeconds * perSecond);
        _begunAt = now;
        // A client that has paused long enough starts afresh.
        if (_left >= burst / 2.0) _refused = 0;
        if (_left >= 1)
        {
            _left--;
            return CallVerdict.Allowed;
        }
        return ++_refused > burst ? CallVerdict.TooMany : CallVerdict.Refused;
    }

    /// <summary>The call ended, successfully or not. If this is never called, no call counts as queued behind another.</summary>
    public void End() => _endedAt = time.GetTimestamp();
}
