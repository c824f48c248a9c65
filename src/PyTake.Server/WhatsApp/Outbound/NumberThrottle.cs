namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// How fast one number may send from this node: a token bucket for Meta's throughput, and a number of requests under way that
/// starts small, grows with each that is accepted and shrinks with each that is not. So a token that was revoked, or a Graph
/// that is down, costs a few requests and not a burst.
/// </summary>
internal sealed class NumberThrottle(int maxUnderWay, DateTime now)
{
    private const int FirstUnderWay = 4;
    private static readonly TimeSpan LongestHalt = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _underWay;
    private int _limit = Math.Min(FirstUnderWay, maxUnderWay);
    private double _tokens = double.MaxValue;
    private DateTime _filledAt = now;
    private DateTime _closedUntil = DateTime.MinValue;
    private DateTime _haltedUntil = DateTime.MinValue;

    /// <summary>Takes a place and a token, where there are both.</summary>
    /// <param name="ratePerSecond">This node's share.</param>
    /// <param name="free">Places that the node has left for everybody: no number may take more than that.</param>
    /// <param name="retryAt">When refused: when to ask again; null when somebody leaving will make room.</param>
    public bool TryEnter(double ratePerSecond, int free, DateTime now, out DateTime? retryAt)
    {
        lock (_lock)
        {
            retryAt = null;
            if (_haltedUntil > now || _underWay >= Math.Min(_limit, free)) return false;
            if (_closedUntil > now)
            {
                retryAt = _closedUntil;
                return false;
            }
            Fill(ratePerSecond, now);
            if (_tokens < 1)
            {
                retryAt = now + TimeSpan.FromSeconds((1 - _tokens) / ratePerSecond);
                return false;
            }
            _tokens--;
            _underWay++;
            return true;
        }
    }

    /// <summary>Nothing was there to send: place and token are given back.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _underWay--;
            _tokens++;
        }
    }

    /// <summary>A request is over.</summary>
    /// <param name="wentWell">Whether Meta is well and took it; null where it says nothing about that.</param>
    public void Leave(bool? wentWell)
    {
        lock (_lock)
        {
            _underWay--;
            _limit = wentWell switch
            {
                true => Math.Min(_limit + 1, maxUnderWay),
                false => Math.Max(_limit / 2, 1),
                null => _limit,
            };
        }
    }

    /// <summary>Lets nobody in before that time.</summary>
    public void CloseUntil(DateTime time)
    {
        lock (_lock)
        {
            if (time > _closedUntil) _closedUntil = time;
        }
    }

    /// <summary>Lets nobody in until <see cref="Resume"/>: the number is being stopped, and the database does not say so yet.</summary>
    public void Halt(DateTime now)
    {
        lock (_lock) _haltedUntil = now + LongestHalt;
    }

    /// <summary>Whether somebody found, a moment ago, that the number must not send.</summary>
    public bool IsHalted(DateTime now)
    {
        lock (_lock) return _haltedUntil > now;
    }

    public void Resume()
    {
        lock (_lock) _haltedUntil = DateTime.MinValue;
    }

    // The bucket holds a second's worth.
    private void Fill(double ratePerSecond, DateTime now)
    {
        var elapsed = now - _filledAt;
        _filledAt = now;
        _tokens = Math.Min(_tokens + Math.Max(elapsed.TotalSeconds, 0) * ratePerSecond, Math.Max(ratePerSecond, 1));
    }
}
