namespace PyTake.Realtime;

/// <summary>A rate of calls per second, with bursts: faster calls are first delayed and then refused.</summary>
public sealed class CallLimitTests
{
    private const int PerSecond = 100, Burst = 200;
    private static readonly TimeSpan Handling = TimeSpan.FromMilliseconds(10);
    private readonly StoppedClock _clock = new();
    private readonly CallLimit _calls;

    public CallLimitTests() => _calls = new CallLimit(PerSecond, Burst, _clock);

    [Fact]
    public void A_burst_is_allowed_and_calls_beyond_it_are_refused_however_long_the_burst_takes_to_handle()
    {
        var verdicts = Enumerable.Range(0, Burst + 1).Select(_ => Call(after: TimeSpan.Zero)).ToArray();

        Assert.All(verdicts[..Burst], verdict => Assert.Equal(CallVerdict.Allowed, verdict));
        Assert.Equal(CallVerdict.Refused, verdicts[Burst]);
    }

    [Fact]
    public void Calls_at_the_allowed_rate_are_never_refused()
        => Assert.All(Enumerable.Range(0, 10 * PerSecond), _ => Assert.Equal(CallVerdict.Allowed, Call(after: TimeSpan.FromSeconds(1.0 / PerSecond))));

    [Fact]
    public void Calls_above_the_rate_wait_longer_the_more_of_the_burst_is_used_up()
    {
        for (var i = 0; i < Burst / 10; i++) Call(after: TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, _calls.Pause);

        for (var i = 0; i < Burst * 9 / 20; i++) Call(after: TimeSpan.Zero);
        Assert.Equal(CallLimit.LongestPause / 2, _calls.Pause);

        for (var i = 0; i < Burst; i++) Call(after: TimeSpan.Zero);
        Assert.Equal(CallLimit.LongestPause, _calls.Pause);

        Call(after: TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, _calls.Pause);
    }

    [Fact]
    public void Calling_on_after_a_whole_burst_of_refusals_is_too_much()
    {
        var verdicts = Enumerable.Range(0, 2 * Burst + 1).Select(_ => Call(after: TimeSpan.Zero)).ToArray();

        Assert.All(verdicts[Burst..^1], verdict => Assert.Equal(CallVerdict.Refused, verdict));
        Assert.Equal(CallVerdict.TooMany, verdicts[^1]);
    }

    [Fact]
    public void A_caller_that_pauses_starts_afresh()
    {
        for (var i = 0; i < 2 * Burst; i++) Call(after: TimeSpan.Zero);

        Assert.Equal(CallVerdict.Allowed, Call(after: TimeSpan.FromSeconds(2)));
        Assert.Equal(CallVerdict.Allowed, Call(after: TimeSpan.Zero));
    }

    // How long after the end of the previous call it begins.
    private CallVerdict Call(TimeSpan after)
    {
        _clock.Now += after;
        var verdict = _calls.Begin();
        _clock.Now += Handling;
        _calls.End();
        return verdict;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
