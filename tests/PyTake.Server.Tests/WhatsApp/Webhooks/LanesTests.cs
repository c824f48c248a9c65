using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

public sealed class LanesTests
{
    [Theory]
    [InlineData("", 5)]
    [InlineData("a", 44)]
    [InlineData("foobar", 40)]
    public void A_partition_never_changes(string identity, short lane) => Assert.Equal(lane, Lanes.Of(identity));

    [Fact]
    public void Customers_spread_over_all_partitions()
    {
        var customers = Enumerable.Range(0, 6400).Select(n => Lanes.Of($"5511{90000000 + n}")).CountBy(lane => lane).ToList();
        Assert.Equal(Lanes.Count, customers.Count);
        Assert.All(customers, lane => Assert.InRange(lane.Value, 50, 200));
    }
}
