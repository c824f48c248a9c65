namespace PyTake.Realtime;

/// <summary>What to do with a hub call.</summary>
internal enum CallVerdict
{
    Allowed,
    Refused,
    /// <summary>It goes on and on: the connection is to be closed.</summary>
    TooMany,
}

/// <summary>A connection's calls: so many a second, in bursts (CONTRACT, section 8). A connection makes one call at a time, so this is not for several threads.</summary>
internal sealed class CallLimit(int perSecond, int burst, TimeProvider time)
{
    /// <summary>What a call waits that comes when nothing is left.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    // A call that begins so soon after the end of the one before had come already.
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    // What opens a page is not in a hurry: its conversation, and a few more in other tabs.
    private readonly double _unhurried = burst * 0.9;
    private double _left = burst;
    private long _begunAt = time.GetTimestamp();
    private long _endedAt = time.GetTimestamp();
    private int _refused;

    /// <summary>How long a call is to wait: the longer, the more of a burst has come before it.</summary>
    public TimeSpan Pause => LongestPause * Math.Max(0, 1 - _left / _unhurried);

    /// <summary>Whether to say so: once in a while, not with every refusal.</summary>
    public bool IsWorthSaying => _refused % perSecond == 1 || perSecond == 1;

    /// <summary>A call begins.</summary>
    public CallVerdict Begin()
    {
        var now = time.GetTimestamp();
        // What came with the call before it waited for that, and has earned nothing by it.
        if (time.GetElapsedTime(_endedAt, now) > AtOnce) _left = Math.Min(burst, _left + time.GetElapsedTime(_begunAt, now).TotalSeconds * perSecond);
        _begunAt = now;
        // Who has paused long enough starts anew.
        if (_left >= burst / 2.0) _refused = 0;
        if (_left >= 1)
        {
            _left--;
            return CallVerdict.Allowed;
        }
        return ++_refused > burst ? CallVerdict.TooMany : CallVerdict.Refused;
    }

    /// <summary>The call is done, whatever became of it. Where nobody says so, each counts as one that nothing kept waiting.</summary>
    public void End() => _endedAt = time.GetTimestamp();
}
