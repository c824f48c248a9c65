using System.Collections.Concurrent;
using PyTake.Hosting;
using PyTake.Realtime;

namespace PyTake.Nodes;

public sealed class NodeTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task A_hint_reaches_every_node_once_and_its_own_node_at_once()
    {
        var (here, there) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        cluster.One.Get<NodeBus>().Subscribe("test", here.Enqueue);
        cluster.Two.Get<NodeBus>().Subscribe("test", there.Enqueue);

        for (var i = 0; i < 100; i++) cluster.One.Get<NodeBus>().Publish("test", $"hint {i}");

        Assert.Equal(100, here.Count);
        await Wait.Until(() => there.Count == 100);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"hint {i}"), there);
        Assert.Equal(100, here.Count);
    }

    [Fact]
    public void A_failing_handler_does_not_affect_the_others()
    {
        var heard = new ConcurrentQueue<string>();
        var bus = cluster.One.Get<NodeBus>();
        bus.Subscribe("fails", _ => throw new InvalidOperationException("on purpose"));
        bus.Subscribe("fails", heard.Enqueue);

        bus.Publish("fails", "x");

        Assert.Equal(["x"], heard);
    }

    [Fact]
    public async Task Nodes_know_one_another_share_the_partitions_and_notice_when_one_leaves()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var one = TestNode.Start(database, ("Workers:Enabled", "true"));
        var two = TestNode.Start(database, ("Workers:Enabled", "true"));
        await using var without = TestNode.Start(database);
        NodeRegistry[] all = [one.Get<NodeRegistry>(), two.Get<NodeRegistry>(), without.Get<NodeRegistry>()];
        await Wait.Until(() => all.All(r => r.Live.Count == 3));

        Assert.Equal(all[0].Live.Select(n => n.Id), all[2].Live.Select(n => n.Id));
        Assert.Equal([true, true, false], all.Select(r => all[0].Live.Single(n => n.Id == r.Id).Workers));
        Assert.Equal(0ul, all[2].OwnPartitions());
        Assert.Equal(ulong.MaxValue, all[0].OwnPartitions() ^ all[1].OwnPartitions());
        Assert.InRange(ulong.PopCount(all[0].OwnPartitions()), 16ul, 48ul);
        Assert.Equal(all[0].Owner(7), all[2].Owner(7));

        await two.DisposeAsync();
        await Wait.Until(() => all[0].OwnPartitions() == ulong.MaxValue, TimeSpan.FromSeconds(2));
        await Wait.Until(() => all[2].Live.Count == 2, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_nodes_lease_describes_its_load_and_role()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await client.Join(conversation.Id);
        cluster.Two.Get<NodeRegistry>().Ready = false;

        var (one, two) = (cluster.One.Get<NodeRegistry>(), cluster.Two.Get<NodeRegistry>());
        await Wait.Until(() => two.Live.Any(n => n.Id == one.Id && n.Rooms >= 1 && n.Connections.GetValueOrDefault("signalr") >= 1));
        await Wait.Until(() => one.Live.Any(n => n.Id == two.Id && !n.Ready));
        var seen = two.Live.Single(n => n.Id == one.Id);
        Assert.Equal((cluster.One.Get<NodeIdentity>().Name, ProgramVersion.Text), (seen.Name, seen.Version));
        two.Ready = true;
    }
}
