using PyTake.Accounts;

namespace PyTake.Nodes;

public sealed class SharedLimitTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly Limit _limit = new("tests", $"{Guid.NewGuid()}", 3);

    [Fact]
    public async Task What_is_exhausted_is_counted_under_none()
    {
        var limits = fixture.Node.Get<SharedLimits>();
        var other = _limit with { Key = $"{Guid.NewGuid()}" };
        for (var i = 0; i < 3; i++) Assert.Null(await limits.CountAsync(_limit));

        for (var i = 0; i < 5; i++) Assert.InRange((await limits.CountAsync(other, _limit))!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(2));

        for (var i = 0; i < 3; i++) Assert.Null(await limits.CountAsync(other));
        Assert.NotNull(await limits.CountAsync(other));
    }

    [Fact]
    public async Task What_is_taken_back_may_be_counted_again_on_any_node()
    {
        await using var another = TestNode.Start(fixture.Database);
        var (here, there) = (fixture.Node.Get<SharedLimits>(), another.Get<SharedLimits>());
        for (var i = 0; i < 3; i++) Assert.Null(await here.CountAsync(_limit));
        Assert.NotNull(await there.CountAsync(_limit));

        here.Return(_limit);

        await Wait.Until(async () => await there.CountAsync(_limit) is null);
        Assert.NotNull(await here.CountAsync(_limit));
    }

    [Fact]
    public async Task A_limit_moves_with_time_where_Redis_is_away()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(fixture.Database, ("ConnectionStrings:Redis", "127.0.0.1:9"));
        var limits = new SharedLimits(node.Get<RedisLink>(), node.Get<Channels>(), clock);
        for (var i = 0; i < 3; i++) Assert.Null(await limits.CountAsync(_limit));
        var wait = await limits.CountAsync(_limit);

        clock.Advance(wait!.Value + TimeSpan.FromMilliseconds(1));

        Assert.Null(await limits.CountAsync(_limit));
        Assert.NotNull(await limits.CountAsync(_limit));
    }
}
