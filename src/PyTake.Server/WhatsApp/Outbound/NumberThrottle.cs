namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Limits how fast one number sends from this node: a token bucket for Meta's throughput, and a limit on concurrent requests that starts small,
/// grows with each accepted request and halves with each failed one. So a revoked access token or an outage of Graph costs a few requests instead
/// of a burst.
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

    /// <summary>Takes a slot and a token, if both are available.</summary>
    /// <param name="ratePerSecond">This node's share of the number's rate.</param>
    /// <param name="free">Slots that are free on this node: a number may have no more requests under way than that.</param>
    /// <param name="retryAt">When refused: when to try again; null if that depends on the end of another request.</param>
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

    /// <summary>Releases slot and token, because there was nothing to send.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _underWay--;
            _tokens++;
        }
    }

    /// <summary>Releases the slot of a request that has ended.</summary>
    /// <param name="wentWell">Whether Meta is healthy and accepted it; null if the result says nothing about that.</param>
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

    /// <summary>Refuses all requests before that time.</summary>
    public void CloseUntil(DateTime time)
    {
        lock (_lock)
        {
            if (time > _closedUntil) _closedUntil = time;
        }
    }

    /// <summary>
    /// Refuses all requests until <see cref="Resume"/>, or for a minute: the number is being stopped, which the database does not say yet.
    /// </summary>
    public void Halt(DateTime now)
    {
        lock (_lock) _haltedUntil = now + LongestHalt;
    }

    /// <summary>Whether a request found, a moment ago, that the number must not send.</summary>
    public bool IsHalted(DateTime now)
    {
        lock (_lock) return _haltedUntil > now;
    }

    public void Resume()
    {
        lock (_lock) _haltedUntil = DateTime.MinValue;
    }

    // The bucket holds at most one second's worth of tokens.
    private void Fill(double ratePerSecond, DateTime now)
    {
        var elapsed = now - _filledAt;
        _filledAt = now;
        _tokens = Math.Min(_tokens + Math.Max(elapsed.TotalSeconds, 0) * ratePerSecond, Math.Max(ratePerSecond, 1));
    }
}
