namespace PyTake.Faults.Soaking;

public sealed class GrowthTests
{
    private static readonly Measure Files = Measure.Files("node-1");

    [Fact]
    public void What_grows_only_while_it_warms_up_does_not_grow()
        => Assert.False(Growth.Of(Files, [100, 200, 300, 400, 400, 401, 399, 400, 400, 400, 400, 402, 400, 401, 400, 400]).IsTooMuch);

    [Fact]
    public void A_leak_is_noticed()
    {
        var growth = Growth.Of(Files, [.. Enumerable.Range(0, 120).Select(n => 400.0 + n)]);
        Assert.True(growth.IsTooMuch);
        Assert.Equal((433, 493), (growth.Before, growth.After));
    }

    [Fact]
    public void A_pool_that_shrinks_again_has_not_grown()
        => Assert.False(Growth.Of(Files, [.. Enumerable.Range(0, 120).Select(n => n is > 95 and < 115 ? 600.0 : 400.0)]).IsTooMuch);

    [Fact]
    public void A_measure_that_goes_up_and_down_does_not_grow()
        => Assert.False(Growth.Of(Measure.DeadRows, [.. Enumerable.Range(0, 120).Select(n => n % 12 * 2000.0)]).IsTooMuch);
}
