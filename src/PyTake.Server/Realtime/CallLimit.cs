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
    private double _left = burst;
    private long _at = time.GetTimestamp();
    private int _refused;

    public CallVerdict Take()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(burst, _left + time.GetElapsedTime(_at, now).TotalSeconds * perSecond);
        _at = now;
        // Who has paused long enough starts anew.
        if (_left >= burst / 2.0) _refused = 0;
        if (_left >= 1)
        {
            _left--;
            return CallVerdict.Allowed;
        }
        return ++_refused > burst ? CallVerdict.TooMany : CallVerdict.Refused;
    }

    /// <summary>Whether to say so: once in a while, not with every refusal.</summary>
    public bool IsWorthSaying => _refused % perSecond == 1 || perSecond == 1;
}
