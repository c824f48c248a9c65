using Microsoft.Extensions.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>On our backplane everything goes on without Redis.</summary>
public sealed class RedisAwayTests() : RedisAwayContract(BackplaneOptions.PyTakes)
{
    [Fact]
    public async Task New_clients_connect_without_Redis_receive_everything_and_notice_nothing_when_it_is_back_P3()
    {
        var organization = await Given.Organization(One);
        var conversation = await Given.Conversation(organization);
        await Given.InboundMessage(conversation, "before");
        await Redis.KillAsync();
        await Noticed();
        await Given.InboundMessage(conversation, "away");

        await using var newcomer = await SignalRClient.ConnectAsync(Two, organization.Viewer.Token);
        Assert.Equal(2, (await newcomer.Join(conversation.Id, afterSeq: 0)).GetProperty("last_seq").GetInt64());
        await newcomer.Call("leave_conversation", new { conversation_id = conversation.Id });
        await newcomer.Join(conversation.Id);
        Assert.Equal(2, newcomer.All("message:new").Count);

        await Redis.StartAgainAsync();
        await Given.InboundMessage(conversation, "back");
        await newcomer.Next("message:new", m => m.Text() == "back", Promised);
        await Back();
        // Through Redis again, also to the room that was opened while it was unreachable.
        await Given.InboundMessage(conversation, "as before");
        await newcomer.Next("message:new", m => m.Text() == "as before", TimeSpan.FromMilliseconds(500));
        Assert.Equal([1L, 2, 3, 4], newcomer.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task Connecting_and_joining_do_not_wait_for_Redis_P3()
    {
        // The node's Redis client has a longer timeout than the tests' browser.
        await using var node = Start(("ConnectionStrings:Redis", $"{Redis.Address},syncTimeout=60000,asyncTimeout=60000"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await Wait.Until(() => node.Get<NodeBus>().Connected);
        await Redis.KillAsync();
        await Wait.Until(() => !node.Get<NodeBus>().Connected);

        await using var newcomer = await SignalRClient.ConnectAsync(node, organization.Viewer.Token);
        await newcomer.Join(conversation.Id);
        await newcomer.Call("leave_conversation", new { conversation_id = conversation.Id });
        await newcomer.Join(conversation.Id);
    }

    [Fact]
    public async Task A_client_of_this_node_receives_events_at_once_without_Redis()
    {
        var organization = await Given.Organization(One);
        var conversation = await Given.Conversation(organization);
        await using var here = await SignalRClient.ConnectAsync(One, organization.Agent.Token);
        await here.Join(conversation.Id);
        await Redis.KillAsync();
        await Noticed();

        await Given.InboundMessage(conversation, "away");

        await here.Next("message:new", m => m.Text() == "away", TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task New_clients_connect_while_Redis_hangs_P3()
    {
        var organization = await Given.Organization(One);
        var conversation = await Given.Conversation(organization);
        await Redis.FreezeAsync();
        await Noticed();

        await using var newcomer = await SignalRClient.ConnectAsync(Two, organization.OtherAgent.Token);
        await newcomer.Join(conversation.Id);

        await Redis.ThawAsync();
        await Back();
        await Given.InboundMessage(conversation, "back");
        await newcomer.Next("message:new", m => m.Text() == "back", TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task Nobody_goes_offline_because_Redis_does()
    {
        var organization = await Given.Organization(One);
        await using var watcher = await SignalRClient.ConnectAsync(One, organization.Admin.Token);
        await using var there = await SignalRClient.ConnectAsync(Two, organization.Agent.Token);
        await watcher.Next("user:status", s => s.GetProperty("user_id").GetGuid() == organization.Agent.Id);
        await Wait.Until(() => One.Get<Presence>().IsSettled && Two.Get<Presence>().IsSettled);

        await Redis.KillAsync();
        await Noticed();
        await using var newcomer = await SignalRClient.ConnectAsync(One, organization.OtherAgent.Token);
        var snapshot = await newcomer.Next("presence:snapshot");
        Assert.Equal(3, snapshot.GetProperty("users").GetArrayLength());
        await Redis.StartAgainAsync();
        await Back();
        await Wait.Until(() => One.Get<Presence>().IsSettled && Two.Get<Presence>().IsSettled);

        await Wait.Until(async () => (await Two.Get<Presence>().OnlineInAsync(organization.Id)).Count == 3);
        Assert.Equal(3, (await One.Get<Presence>().OnlineInAsync(organization.Id)).Count);
        Assert.DoesNotContain(watcher.All("user:status"), s => s.GetProperty("status").GetString() == "offline");
    }

    [Fact]
    public async Task Nobody_goes_offline_because_Redis_is_full()
    {
        var organization = await Given.Organization(One);
        await using var watcher = await SignalRClient.ConnectAsync(One, organization.Admin.Token);
        await using var there = await SignalRClient.ConnectAsync(Two, organization.Agent.Token);
        await watcher.Next("user:status", s => s.GetProperty("user_id").GetGuid() == organization.Agent.Id);
        await Wait.Until(() => One.Get<Presence>().IsSettled && Two.Get<Presence>().IsSettled);
        Task Held(int count) => Wait.Until(async () => (await One.Get<PresenceLeases>().ReadAsync(organization.Id))?.Count == count);

        // A full Redis refuses writes and answers everything else.
        await Redis.CommandAsync("CONFIG SET maxmemory 1");
        await Held(0);
        await using var newcomer = await SignalRClient.ConnectAsync(One, organization.OtherAgent.Token);
        Assert.Equal(3, (await newcomer.Next("presence:snapshot")).GetProperty("users").GetArrayLength());
        await Redis.CommandAsync("CONFIG SET maxmemory 0");
        await Held(3);
        await Wait.Until(() => One.Get<Presence>().IsSettled);

        Assert.DoesNotContain(watcher.All("user:status"), s => s.GetProperty("status").GetString() == "offline");
    }

    [Fact]
    public async Task A_node_starts_without_Redis_and_connects_once_it_is_there()
    {
        await Redis.KillAsync();
        await using var node = Start(("Backplane:ProbeInterval", "00:00:00.2"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await client.Join(conversation.Id);
        await Given.InboundMessage(conversation, "alone");
        await client.Next("message:new", m => m.Text() == "alone");
        Assert.Equal([node.Get<NodeIdentity>().Name], node.Get<NodeRegistry>().Live.Select(n => n.Name));

        await Redis.StartAgainAsync();
        await Wait.Until(() => node.Get<NodeBus>().Connected && One.Get<NodeBus>().Connected);
        await Given.InboundMessage(conversation with { Organization = organization with { Node = One } }, "from another");

        await client.Next("message:new", m => m.Text() == "from another", TimeSpan.FromMilliseconds(500));
        await Wait.Until(() => node.Get<NodeRegistry>().Live.Count == 3);
    }

    [Fact]
    public async Task Unreadable_data_in_Redis_ends_no_node()
    {
        var organization = await Given.Organization(One);
        await using var there = await SignalRClient.ConnectAsync(Two, organization.Agent.Token);
        var (prefix, other) = (Database.Name, $"{Guid.NewGuid():N}");
        await Redis.CommandAsync($"SADD {prefix}:nodes {other}");
        await Redis.CommandAsync($"SET {prefix}:node:{other} {{\"name\":7}}");
        await Redis.CommandAsync($"ZADD {prefix}:presence:{organization.Id:N} 99999999999999 {new string('x', 40)}");

        await using var newcomer = await SignalRClient.ConnectAsync(Two, organization.OtherAgent.Token);
        await newcomer.Next("presence:snapshot");
        // Both nodes have read it since, and still notice users coming online and going offline.
        await using var third = Start();
        foreach (var node in new[] { One, Two })
        {
            await Wait.Until(() => node.Get<NodeRegistry>().Live.Count == 3);
            Assert.Equal(2, (await node.Get<Presence>().OnlineInAsync(organization.Id)).Count);
            Assert.False(node.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        }
    }
}
