using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using PyTake.Realtime;

namespace PyTake.Backplane;

public sealed class RedisAwayTests : IAsyncLifetime
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    private PrivateRedis _redis = null!;
    private TestDatabase _database = null!;
    private TestNode _one = null!;
    private TestNode _two = null!;

    [Fact]
    public async Task Without_Redis_events_reach_every_node_and_new_clients_connect_and_when_it_is_back_all_is_as_before()
    {
        var organization = await Given.Organization(_one);
        var conversation = await Given.Conversation(organization);
        await using var here = await SignalRClient.ConnectAsync(_one, organization.Agent.Token);
        await using var there = await SignalRClient.ConnectAsync(_two, organization.OtherAgent.Token);
        await here.Join(conversation.Id);
        await there.Join(conversation.Id);
        await Given.InboundMessage(conversation, "before");
        await there.Next("message:new");

        await _redis.KillAsync();
        await Wait.Until(() => !_one.Get<NodeBus>().Connected && !_two.Get<NodeBus>().Connected);
        await Given.InboundMessage(conversation, "away");

        await here.Next("message:new", m => m.Text() == "away", TimeSpan.FromMilliseconds(500));
        await there.Next("message:new", m => m.Text() == "away", Promised);
        await there.Next("conversation:updated", c => c.GetProperty("inbox_seq").GetInt64() == 3, Promised);
        var connecting = Stopwatch.StartNew();
        await using var newcomer = await SignalRClient.ConnectAsync(_two, organization.Viewer.Token);
        Assert.Equal(2, (await newcomer.Join(conversation.Id, afterSeq: 0)).GetProperty("last_seq").GetInt64());
        await newcomer.Call("leave_conversation", new { conversation_id = conversation.Id });
        await newcomer.Join(conversation.Id);
        Assert.InRange(connecting.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(2, newcomer.All("message:new").Count);

        await _redis.StartAgainAsync();
        await Given.InboundMessage(conversation, "back");
        await there.Next("message:new", m => m.Text() == "back", Promised);
        await newcomer.Next("message:new", m => m.Text() == "back", Promised);
        await Wait.Until(() => _one.Get<NodeBus>().Connected && _two.Get<NodeBus>().Connected, Promised);
        // Through Redis again, also into the room that was opened while it was away.
        await Given.InboundMessage(conversation, "as before");
        await there.Next("message:new", m => m.Text() == "as before", TimeSpan.FromMilliseconds(500));
        await newcomer.Next("message:new", m => m.Text() == "as before", TimeSpan.FromMilliseconds(500));
        foreach (var client in new[] { here, there }) Assert.Equal([1L, 2, 3, 4], client.All("message:new").Select(m => m.Seq()));
        Assert.Equal([1L, 2, 3, 4], newcomer.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_as_good_as_none()
    {
        var organization = await Given.Organization(_one);
        var conversation = await Given.Conversation(organization);
        await using var there = await SignalRClient.ConnectAsync(_two, organization.Agent.Token);
        await there.Join(conversation.Id);

        await _redis.FreezeAsync();
        await Given.InboundMessage(conversation, "hanging");
        await there.Next("message:new", m => m.Text() == "hanging", Promised + TimeSpan.FromMilliseconds(500));
        await Wait.Until(() => !_one.Get<NodeBus>().Connected && !_two.Get<NodeBus>().Connected);
        await Given.InboundMessage(conversation, "still");
        await there.Next("message:new", m => m.Text() == "still", Promised);
        await using var newcomer = await SignalRClient.ConnectAsync(_two, organization.OtherAgent.Token);
        await newcomer.Join(conversation.Id);

        await _redis.ThawAsync();
        await Wait.Until(() => _one.Get<NodeBus>().Connected && _two.Get<NodeBus>().Connected, Promised);
        await Given.InboundMessage(conversation, "back");
        await newcomer.Next("message:new", m => m.Text() == "back", TimeSpan.FromMilliseconds(500));
        Assert.Equal([1L, 2, 3], there.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task Losing_only_the_subscriptions_loses_nothing()
    {
        var organization = await Given.Organization(_one);
        var conversation = await Given.Conversation(organization);
        await using var there = await SignalRClient.ConnectAsync(_two, organization.Agent.Token);
        await there.Join(conversation.Id);

        for (var i = 1; i <= 50; i++)
        {
            if (i % 10 == 0) await _redis.CommandAsync("CLIENT KILL TYPE pubsub");
            await Given.InboundMessage(conversation, $"message {i}");
        }

        await there.Next("message:new", m => m.Seq() == 50, Promised);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), there.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task Nobody_goes_offline_because_Redis_does()
    {
        var organization = await Given.Organization(_one);
        await using var watcher = await SignalRClient.ConnectAsync(_one, organization.Admin.Token);
        await using var there = await SignalRClient.ConnectAsync(_two, organization.Agent.Token);
        await watcher.Next("user:status", s => s.GetProperty("user_id").GetGuid() == organization.Agent.Id);
        await Wait.Until(() => _one.Get<Presence>().IsSettled && _two.Get<Presence>().IsSettled);

        await _redis.KillAsync();
        await Wait.Until(() => !_one.Get<NodeBus>().Connected);
        await using var newcomer = await SignalRClient.ConnectAsync(_one, organization.OtherAgent.Token);
        var snapshot = await newcomer.Next("presence:snapshot");
        Assert.Equal(3, snapshot.GetProperty("users").GetArrayLength());
        await _redis.StartAgainAsync();
        await Wait.Until(() => _one.Get<NodeBus>().Connected && _two.Get<NodeBus>().Connected);
        await Wait.Until(() => _one.Get<Presence>().IsSettled && _two.Get<Presence>().IsSettled);

        await Wait.Until(async () => (await _two.Get<Presence>().OnlineInAsync(organization.Id)).Count == 3);
        Assert.Equal(3, (await _one.Get<Presence>().OnlineInAsync(organization.Id)).Count);
        Assert.DoesNotContain(watcher.All("user:status"), s => s.GetProperty("status").GetString() == "offline");
    }

    [Fact]
    public async Task Nobody_goes_offline_because_Redis_takes_nothing_more()
    {
        var organization = await Given.Organization(_one);
        await using var watcher = await SignalRClient.ConnectAsync(_one, organization.Admin.Token);
        await using var there = await SignalRClient.ConnectAsync(_two, organization.Agent.Token);
        await watcher.Next("user:status", s => s.GetProperty("user_id").GetGuid() == organization.Agent.Id);
        await Wait.Until(() => _one.Get<Presence>().IsSettled && _two.Get<Presence>().IsSettled);
        Task Held(int count) => Wait.Until(async () => (await _one.Get<PresenceLeases>().ReadAsync(organization.Id))?.Count == count);

        // It is full: it refuses what is to be stored, and answers everything else.
        await _redis.CommandAsync("CONFIG SET maxmemory 1");
        await Held(0);
        await using var newcomer = await SignalRClient.ConnectAsync(_one, organization.OtherAgent.Token);
        Assert.Equal(3, (await newcomer.Next("presence:snapshot")).GetProperty("users").GetArrayLength());
        await _redis.CommandAsync("CONFIG SET maxmemory 0");
        await Held(3);
        await Wait.Until(() => _one.Get<Presence>().IsSettled);

        Assert.DoesNotContain(watcher.All("user:status"), s => s.GetProperty("status").GetString() == "offline");
    }

    [Fact]
    public async Task A_node_starts_without_Redis_and_finds_it_when_it_comes()
    {
        await _redis.KillAsync();
        await using var node = TestNode.Start(_database, _redis.Setting, ("Backplane:ProbeInterval", "00:00:00.2"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await client.Join(conversation.Id);
        await Given.InboundMessage(conversation, "alone");
        await client.Next("message:new", m => m.Text() == "alone");
        Assert.Equal([node.Get<NodeIdentity>().Name], node.Get<NodeRegistry>().Live.Select(n => n.Name));

        await _redis.StartAgainAsync();
        await Wait.Until(() => node.Get<NodeBus>().Connected && _one.Get<NodeBus>().Connected);
        await Given.InboundMessage(conversation with { Organization = organization with { Node = _one } }, "from another");

        await client.Next("message:new", m => m.Text() == "from another", TimeSpan.FromMilliseconds(500));
        await Wait.Until(() => node.Get<NodeRegistry>().Live.Count == 3);
    }

    [Fact]
    public async Task What_nobody_can_read_in_Redis_ends_no_node()
    {
        var organization = await Given.Organization(_one);
        await using var there = await SignalRClient.ConnectAsync(_two, organization.Agent.Token);
        var (prefix, other) = (_database.Name, $"{Guid.NewGuid():N}");
        await _redis.CommandAsync($"SADD {prefix}:nodes {other}");
        await _redis.CommandAsync($"SET {prefix}:node:{other} {{\"name\":7}}");
        await _redis.CommandAsync($"ZADD {prefix}:presence:{organization.Id:N} 99999999999999 {new string('x', 40)}");

        await using var newcomer = await SignalRClient.ConnectAsync(_two, organization.OtherAgent.Token);
        await newcomer.Next("presence:snapshot");
        // Both have looked since: who comes and goes is still noticed.
        await using var third = TestNode.Start(_database, _redis.Setting);
        foreach (var node in new[] { _one, _two })
        {
            await Wait.Until(() => node.Get<NodeRegistry>().Live.Count == 3);
            Assert.Equal(2, (await node.Get<Presence>().OnlineInAsync(organization.Id)).Count);
            Assert.False(node.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        }
    }

    public async ValueTask InitializeAsync()
    {
        _redis = await PrivateRedis.StartAsync();
        _database = await TestDatabase.CreateAsync();
        (string, string)[] settings = [_redis.Setting, ("Realtime:PresenceLease", "00:00:01.5")];
        _one = TestNode.Start(_database, settings);
        _two = TestNode.Start(_database, settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _redis.DisposeAsync();
        await _database.DisposeAsync();
    }
}
