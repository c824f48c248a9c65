namespace PyTake.WhatsApp.Outbound;

public class NumberGateTests
{
    private DateTime _now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Fact]
    public void A_number_starts_small_grows_with_success_and_shrinks_with_trouble()
    {
        var gate = new NumberGate(10, _now);
        Assert.Equal(4, Enter(gate, 100));

        for (var i = 0; i < 4; i++) gate.Leave(true);
        Assert.Equal(8, Enter(gate, 100));

        for (var i = 0; i < 8; i++) gate.Leave(true);
        Assert.Equal(10, Enter(gate, 100));

        gate.Leave(false);
        for (var i = 0; i < 9; i++) gate.Leave(null);
        Assert.Equal(5, Enter(gate, 100));
    }

    [Fact]
    public void A_second_may_have_its_worth_and_no_more()
    {
        var gate = new NumberGate(1000, _now);
        Assert.Equal(20, EnterAndLeave(gate, 100, 20));

        Assert.False(gate.TryEnter(20, 1000, _now, out var retryAt));
        Assert.Equal(50, (retryAt!.Value - _now).TotalMilliseconds, 1);

        _now += TimeSpan.FromMilliseconds(501);
        Assert.Equal(10, EnterAndLeave(gate, 100, 20));
        _now += TimeSpan.FromHours(1);
        Assert.Equal(20, EnterAndLeave(gate, 100, 20));
    }

    [Fact]
    public void A_token_that_was_not_used_is_given_back()
    {
        var gate = new NumberGate(1000, _now);
        Assert.Equal(20, EnterAndLeave(gate, 100, 20));
        _now += TimeSpan.FromMilliseconds(51);
        Assert.True(gate.TryEnter(20, 1000, _now, out _));
        gate.Return();
        Assert.True(gate.TryEnter(20, 1000, _now, out _));
        Assert.False(gate.TryEnter(20, 1000, _now, out _));
    }

    [Fact]
    public void No_number_takes_more_than_is_left_for_the_others()
    {
        var gate = new NumberGate(1000, _now);
        Assert.Equal(2, Enter(gate, 10, free: 2));
    }

    [Fact]
    public void A_closed_gate_says_until_when_and_a_halted_one_does_not()
    {
        var gate = new NumberGate(10, _now);
        gate.CloseUntil(_now.AddSeconds(3));
        gate.CloseUntil(_now.AddSeconds(1));
        Assert.False(gate.TryEnter(100, 10, _now, out var retryAt));
        Assert.Equal(_now.AddSeconds(3), retryAt);
        Assert.True(gate.TryEnter(100, 10, _now.AddSeconds(3), out _));

        gate.Halt(_now.AddSeconds(3));
        Assert.True(gate.IsHalted(_now.AddSeconds(3)));
        Assert.False(gate.TryEnter(100, 10, _now.AddSeconds(3), out retryAt));
        Assert.Null(retryAt);
        gate.Resume();
        Assert.True(gate.TryEnter(100, 10, _now.AddSeconds(3), out _));
    }

    private int Enter(NumberGate gate, int tries, int free = 1000) => Enumerable.Range(0, tries).Count(_ => gate.TryEnter(100_000, free, _now, out var _));

    private int EnterAndLeave(NumberGate gate, int tries, double rate)
    {
        var entered = 0;
        for (var i = 0; i < tries; i++)
        {
            if (!gate.TryEnter(rate, 1000, _now, out _)) continue;
            entered++;
            gate.Leave(null);
        }
        return entered;
    }
}
