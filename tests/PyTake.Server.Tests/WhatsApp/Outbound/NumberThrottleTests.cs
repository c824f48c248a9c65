namespace PyTake.WhatsApp.Outbound;

public class NumberThrottleTests
{
    private DateTime _now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Fact]
    public void The_concurrency_starts_small_grows_with_success_and_shrinks_with_failure()
    {
        var throttle = new NumberThrottle(10, _now);
        Assert.Equal(4, Enter(throttle, 100));

        for (var i = 0; i < 4; i++) throttle.Leave(true);
        Assert.Equal(8, Enter(throttle, 100));

        for (var i = 0; i < 8; i++) throttle.Leave(true);
        Assert.Equal(10, Enter(throttle, 100));

        throttle.Leave(false);
        for (var i = 0; i < 9; i++) throttle.Leave(null);
        Assert.Equal(5, Enter(throttle, 100));
    }

    [Fact]
    public void No_more_than_the_rate_may_be_sent_in_a_second()
    {
        var throttle = new NumberThrottle(1000, _now);
        Assert.Equal(20, EnterAndLeave(throttle, 100, 20));

        Assert.False(throttle.TryEnter(20, 1000, _now, out var retryAt));
        Assert.Equal(50, (retryAt!.Value - _now).TotalMilliseconds, 1);

        _now += TimeSpan.FromMilliseconds(501);
        Assert.Equal(10, EnterAndLeave(throttle, 100, 20));
        _now += TimeSpan.FromHours(1);
        Assert.Equal(20, EnterAndLeave(throttle, 100, 20));
    }

    [Fact]
    public void A_token_that_was_not_used_is_given_back()
    {
        var throttle = new NumberThrottle(1000, _now);
        Assert.Equal(20, EnterAndLeave(throttle, 100, 20));
        _now += TimeSpan.FromMilliseconds(51);
        Assert.True(throttle.TryEnter(20, 1000, _now, out _));
        throttle.Return();
        Assert.True(throttle.TryEnter(20, 1000, _now, out _));
        Assert.False(throttle.TryEnter(20, 1000, _now, out _));
    }

    [Fact]
    public void No_number_takes_more_than_is_left_for_the_others()
    {
        var throttle = new NumberThrottle(1000, _now);
        Assert.Equal(2, Enter(throttle, 10, free: 2));
    }

    [Fact]
    public void A_closed_throttle_says_until_when_and_a_halted_one_does_not()
    {
        var throttle = new NumberThrottle(10, _now);
        throttle.CloseUntil(_now.AddSeconds(3));
        throttle.CloseUntil(_now.AddSeconds(1));
        Assert.False(throttle.TryEnter(100, 10, _now, out var retryAt));
        Assert.Equal(_now.AddSeconds(3), retryAt);
        Assert.True(throttle.TryEnter(100, 10, _now.AddSeconds(3), out _));

        throttle.Halt(_now.AddSeconds(3));
        Assert.True(throttle.IsHalted(_now.AddSeconds(3)));
        Assert.False(throttle.TryEnter(100, 10, _now.AddSeconds(3), out retryAt));
        Assert.Null(retryAt);
        throttle.Resume();
        Assert.True(throttle.TryEnter(100, 10, _now.AddSeconds(3), out _));
    }

    private int Enter(NumberThrottle throttle, int tries, int free = 1000) => Enumerable.Range(0, tries).Count(_ => throttle.TryEnter(100_000, free, _now, out var _));

    private int EnterAndLeave(NumberThrottle throttle, int tries, double rate)
    {
        var entered = 0;
        for (var i = 0; i < tries; i++)
        {
            if (!throttle.TryEnter(rate, 1000, _now, out _)) continue;
            entered++;
            throttle.Leave(null);
        }
        return entered;
    }
}
