using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>A node with many more clients than its share moves some to the others.</summary>
public sealed class SocketBalancerTests
{
    [Theory]
    [InlineData(0, new[] { 0, 0 })]
    [InlineData(0, new[] { 40, 60 })]
    [InlineData(0, new[] { 30, 10 })]
    [InlineData(49, new[] { 99, 1 })]
    [InlineData(0, new[] { 1, 99 })]
    [InlineData(150, new[] { 298, 1, 0, 145 })]
    [InlineData(0, new[] { 1_090, 910 })]
    [InlineData(120, new[] { 1_120, 880 })]
    public void A_node_has_too_many_clients_when_it_exceeds_its_share_by_a_tenth_and_a_few(int excess, int[] clients)
        => Assert.Equal(excess, SocketBalancer.Excess("0", [.. clients.Select((count, n) => Node(n, count))]));

    [Fact]
    public void Nodes_that_are_not_ready_or_have_no_clients_do_not_count()
    {
        Assert.Equal(0, SocketBalancer.Excess("0", [Node(0, 100), Node(1, 1, ready: false)]));
        Assert.Equal(0, SocketBalancer.Excess("0", [Node(0, 100, ready: false), Node(1, 1)]));
        Assert.Equal(0, SocketBalancer.Excess("0", [Node(0, 100), Node(1, 0)]));
    }

    [Fact]
    public async Task Clients_are_asked_to_move_until_each_node_has_its_share_and_none_is_asked_twice()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var full = TestNode.Start(database, ("Realtime:BalanceEvery", "00:00:00.3"), ("Realtime:BalancePerSecond", "1000"));
        var user = (await Given.Organization(full)).Agent;
        var clients = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => SignalRClient.ConnectAsync(full, user.Token)));
        await using var empty = TestNode.Start(database);
        await using var first = await SignalRClient.ConnectAsync(empty, user.Token);

        await Wait.Until(() => clients.Count(IsAsked) >= 14);

        var asked = clients.Where(IsAsked).ToArray();
        foreach (var client in asked) await client.DisposeAsync();
        var moved = await Task.WhenAll(asked.Select(_ => SignalRClient.ConnectAsync(empty, user.Token)));
        await Wait.Until(() => SocketBalancer.Excess(full.Get<NodeRegistry>().Id, full.Get<NodeRegistry>().Live) == 0);
        Assert.All(asked, client => Assert.Single(client.Events, e => e.Name == "server:draining"));
        Assert.All(asked, client => Assert.InRange(client.Events.Single(e => e.Name == "server:draining").Payload.GetProperty("reconnect_in_ms").GetInt32(), 0, 300));
        foreach (var client in clients.Except(asked).Concat(moved)) await client.DisposeAsync();
    }

    private static bool IsAsked(SignalRClient client) => client.Events.Any(e => e.Name == "server:draining");

    private static NodeInfo Node(int id, int clients, bool ready = true) => new(
        $"{id}", $"node-{id}", "1", DateTime.UnixEpoch, new Dictionary<string, int> { ["signalr"] = clients / 2, ["socketio"] = clients - clients / 2 }, 0, ready, true);
}
