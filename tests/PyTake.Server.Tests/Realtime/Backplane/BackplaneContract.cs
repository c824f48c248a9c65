using Microsoft.AspNetCore.SignalR;
using PyTake.SocketIo;
using StackExchange.Redis;

namespace PyTake.Realtime;

/// <summary>
/// What every backplane of the hub does, tested through two real nodes and real connections: the part of SignalR's suite for its own
/// backplanes (ScaleoutHubLifetimeManagerTests) that the hub uses. What happens without Redis is in <see cref="RedisAwayContract"/>.
/// </summary>
public abstract class BackplaneContract<TCluster>(TCluster cluster) : IClassFixture<TCluster> where TCluster : Cluster
{
    // Long for a message, but less than the ten seconds after which SignalR itself closes a browser's connection.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(3);

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected TCluster Nodes => cluster;

    protected IHubContext<ChatHub> One => cluster.One.Get<IHubContext<ChatHub>>();

    protected IHubContext<ChatHub> Two => cluster.Two.Get<IHubContext<ChatHub>>();

    protected static string NewGroup => $"group {Guid.NewGuid()}";

    [Fact]
    public async Task An_event_to_a_group_reaches_its_members_on_every_node_and_no_other_connection()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);
        await using var outside = await Browser.OpenAsync(cluster.Two);
        var (group, another) = (NewGroup, NewGroup);
        await here.Join(group);
        await there.Join(group);
        await outside.Join(another);

        await One.Clients.Group(group).SendAsync("test", 1, "a second argument", Stop);
        await Two.Clients.Group(group).SendAsync("test", 2, Stop);
        await One.Clients.Group("a group without members").SendAsync("test", 3, Stop);
        await One.Clients.Group(another).SendAsync("test", 4, Stop);

        await here.Hears(1, 2);
        await there.Hears(1, 2);
        await outside.Hears(4);
    }

    [Fact]
    public async Task A_connection_is_written_to_by_its_own_node_and_an_unknown_one_is_no_error()
    {
        await using var here = await Browser.OpenAsync(cluster.One);

        await One.Clients.Client("gone").SendAsync("test", 1, Stop);
        await One.Groups.AddToGroupAsync("gone", NewGroup, Stop);
        await One.Groups.RemoveFromGroupAsync("gone", NewGroup, Stop);
        await One.Clients.Client(here.Id).SendAsync("test", 2, Stop);

        await here.Hears(2);
    }

    [Fact]
    public async Task Methods_the_hub_does_not_use_throw_and_name_the_alternative()
    {
        (string Use, Func<IHubClients, ISingleClientProxy, Task> Call)[] calls =
        [
            ("Rooms.Organization", (clients, _) => clients.All.SendAsync("test", Stop)),
            ("Rooms.Organization", (clients, _) => clients.AllExcept("a").SendAsync("test", Stop)),
            ("NodeBus", (clients, _) => clients.GroupExcept("group", "a").SendAsync("test", Stop)),
            ("Clients.Group", (clients, _) => clients.Groups("group", "another").SendAsync("test", Stop)),
            ("Rooms.User", (clients, _) => clients.User("a").SendAsync("test", Stop)),
            ("Rooms.User", (clients, _) => clients.Users("a", "b").SendAsync("test", Stop)),
            ("LocalFanOut", (clients, _) => clients.Group(Rooms.Organization(Guid.NewGuid())).SendAsync("test", Stop)),
            ("LocalFanOut", (clients, _) => clients.Group(Rooms.User(Guid.NewGuid())).SendAsync("test", Stop)),
            ("Clients.Client", (clients, _) => clients.Clients("a", "b").SendAsync("test", Stop)),
            ("ChatHub", (_, client) => client.InvokeAsync<int>("test", Stop)),
        ];

        foreach (var (use, call) in calls)
            Assert.Contains(use, (await Assert.ThrowsAsync<NotSupportedException>(() => call(One.Clients, One.Clients.Client("a")))).Message);
    }

    [Fact]
    public async Task Only_conversations_rooms_have_a_subscription_in_Redis()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await client.Join(conversation.Id);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(TestEnvironment.Redis);
        async Task<int> Subscribed(Guid id) => (await redis.GetServers()[0].SubscriptionChannelsAsync(RedisChannel.Pattern($"*{id}*"))).Length;

        await Wait.Until(async () => await Subscribed(conversation.Id) == 1);
        Assert.Equal((0, 0), (await Subscribed(organization.Id), await Subscribed(organization.Agent.Id)));
    }

    [Fact]
    public async Task A_connection_that_joins_twice_receives_once_and_one_that_left_receives_nothing()
    {
        await using var staying = await Browser.OpenAsync(cluster.Two);
        await using var leaving = await Browser.OpenAsync(cluster.Two);
        var group = NewGroup;
        foreach (var browser in new[] { staying, staying, leaving }) await browser.Join(group);

        await One.Clients.Group(group).SendAsync("test", 1, Stop);
        foreach (var browser in new[] { staying, leaving }) await browser.HearsNext(1);
        await Two.Groups.RemoveFromGroupAsync(leaving.Id, group, Stop);
        await Two.Groups.RemoveFromGroupAsync(leaving.Id, group, Stop);
        await One.Clients.Group(group).SendAsync("test", 2, Stop);

        await staying.HearsNext(2);
        await Two.Clients.Client(leaving.Id).SendAsync("test", 3, Stop);
        await leaving.HearsNext(3);
        Assert.Equal([1, 2], staying.Heard);
        Assert.Equal([1, 3], leaving.Heard);
    }

    [Fact]
    public async Task Events_from_one_node_to_a_group_arrive_in_the_order_they_were_sent()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);
        var group = NewGroup;
        await here.Join(group);
        await there.Join(group);

        for (var i = 1; i <= 500; i++) await One.Clients.Group(group).SendAsync("test", i, Stop);

        foreach (var browser in new[] { here, there })
        {
            await browser.HearsNext(500);
            Assert.Equal(Enumerable.Range(1, 500), browser.Heard);
        }
    }

    [Fact]
    public async Task A_large_message_arrives_whole()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);
        var group = NewGroup;
        await here.Join(group);
        await there.Join(group);
        var text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"é{i:D6}"));

        await One.Clients.Group(group).SendAsync("test", new { n = 1, text }, Stop);
        await here.Hears(1);
        // One at a time: two of them exceed the backlog limit.
        await there.Hears(1);
        await Two.Clients.Client(there.Id).SendAsync("test", new { n = 2, text }, Stop);
        await there.Hears(1, 2);

        Assert.All([.. here.Client.All("test"), .. there.Client.All("test")], e => Assert.Equal(text, e.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Connections_that_have_ended_affect_no_other()
    {
        await using var staying = await Browser.OpenAsync(cluster.Two);
        await using var gone = await Browser.OpenAsync(cluster.Two);
        var (group, theirs) = (NewGroup, NewGroup);
        foreach (var browser in new[] { staying, gone }) await browser.Join(group);
        await gone.Join(theirs);

        gone.Client.Drop();
        await One.Clients.Group(group).SendAsync("test", 1, Stop);
        await staying.HearsNext(1);
        await Wait.Until(() => !gone.IsThere);
        await One.Clients.Group(theirs).SendAsync("test", 2, Stop);
        await Two.Clients.Client(gone.Id).SendAsync("test", 4, Stop);
        await One.Clients.Group(group).SendAsync("test", 5, Stop);
        await staying.HearsNext(5);
        // The group that lost its last member can be joined again.
        await staying.Join(theirs);
        await One.Clients.Group(theirs).SendAsync("test", 6, Stop);

        await staying.Hears(1, 5, 6);
    }

    [Fact]
    public async Task A_node_that_stops_ends_its_own_connections_and_no_others()
    {
        var third = cluster.Start();
        await using var staying = await Browser.OpenAsync(cluster.Two);
        await using var lost = await Browser.OpenAsync(third);
        var group = NewGroup;
        foreach (var browser in new[] { staying, lost }) await browser.Join(group);
        await One.Clients.Group(group).SendAsync("test", 1, Stop);
        foreach (var browser in new[] { staying, lost }) await browser.HearsNext(1);

        await third.DisposeAsync();
        await lost.Client.Closed();

        await One.Clients.Group(group).SendAsync("test", 2, Stop);
        await staying.Hears(1, 2);
        await using var back = await Browser.OpenAsync(cluster.One);
        await back.Join(group);
        await Two.Clients.Group(group).SendAsync("test", 3, Stop);
        await back.Hears(3);
    }

    [Fact]
    public async Task Events_of_two_nodes_in_a_conversation_arrive_in_one_order_on_both_nodes_and_over_both_endpoints()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var fromTwo = conversation with { Organization = organization with { Node = cluster.Two } };
        await using var here = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await using var socketIo = await SocketIoClient.ConnectAsync(cluster.Two, organization.Viewer.Token);
        await here.Join(conversation.Id);
        await there.Join(conversation.Id);
        await socketIo.Join(conversation.Id);

        await Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
            await Given.InboundMessage(i % 2 == 0 ? conversation : fromTwo, $"message {i}"));
        // A client that joins later receives the same.
        await using var late = await SignalRClient.ConnectAsync(cluster.One, organization.Admin.Token);
        await late.Join(conversation.Id, afterSeq: 0);

        var all = Enumerable.Range(1, 60).Select(i => (long)i);
        foreach (var client in new[] { here, there, late })
        {
            await client.Next("message:new", m => m.Seq() == 60);
            Assert.Equal(all, client.All("message:new").Select(m => m.Seq()));
        }
        await Wait.Until(() => socketIo.All("message:new").Count == 60);
        Assert.Equal(all, socketIo.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task A_connection_that_stops_reading_is_closed_and_the_others_in_its_conversation_are_not_affected_P6()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var slow = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token, receiveBuffer: 4096);
        await using var quick = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await slow.Join(conversation.Id);
        await quick.Join(conversation.Id);
        var sockets = cluster.Two.Get<ChatSockets>();
        slow.StopReading();

        var text = new string('x', 60_000);
        var written = 0;
        while (sockets.OfUser(organization.Agent.Id).Count > 0)
        {
            written = (int)(await Given.InboundMessage(conversation, text)).Seq;
            await quick.Next("message:new", deadline: Noticed);
            Assert.True(written < 2000, "The slow client was never closed");
        }

        Assert.Equal(Enumerable.Range(1, written).Select(i => (long)i), quick.All("message:new").Select(m => m.Seq()));
        // It reconnects and catches up.
        await using var back = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await back.Join(conversation.Id, afterSeq: Math.Max(0, written - 50));
        Assert.Equal(Math.Min(written, 50), back.All("message:new").Count);
        slow.GoOnReading();
        await slow.Closed();
    }
}
