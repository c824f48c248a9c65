namespace PyTake.Nodes;

public sealed class PartitionsTests
{
    [Theory]
    [InlineData("", 5)]
    [InlineData("a", 44)]
    [InlineData("foobar", 40)]
    public void A_partition_never_changes(string identity, short partition) => Assert.Equal(partition, Partitions.Of(identity));

    [Fact]
    public void Customers_spread_over_all_partitions()
    {
        var customers = Enumerable.Range(0, 6400).Select(n => Partitions.Of($"5511{90000000 + n}")).CountBy(partition => partition).ToList();
        Assert.Equal(Partitions.Count, customers.Count);
        Assert.All(customers, partition => Assert.InRange(partition.Value, 50, 200));
    }
}
