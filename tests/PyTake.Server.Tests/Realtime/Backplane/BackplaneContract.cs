using Microsoft.AspNetCore.SignalR;

namespace PyTake.Realtime;

/// <summary>
/// What every backplane of the hub does, asked through two real nodes and real connections; SignalR has a suite like it for its own
/// (ScaleoutHubLifetimeManagerTests). There is a class derived from it for each provider, which adds what that one alone promises, and
/// what it does not keep. What happens without Redis is in <see cref="RedisAwayContract"/>.
/// </summary>
public abstract class BackplaneContract<TCluster>(TCluster cluster) : IClassFixture<TCluster> where TCluster : Cluster
{
    // Long for a message, and short of the ten seconds after which SignalR itself gives a browser up.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(3);

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected TCluster Nodes => cluster;

    protected IHubContext<ChatHub> One => cluster.One.Get<IHubContext<ChatHub>>();

    protected IHubContext<ChatHub> Two => cluster.Two.Get<IHubContext<ChatHub>>();

    protected static string NewGroup => $"group {Guid.NewGuid()}";

    [Fact]
    public async Task A_group_is_heard_by_its_members_on_every_node_and_by_nobody_else()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);
        await using var outside = await Browser.OpenAsync(cluster.Two);
        var group = NewGroup;
        await here.Join(group);
        await there.Join(group);
        await outside.Join(NewGroup);

        await One.Clients.Group(group).SendAsync("test", 1, "a second argument", Stop);
        await Two.Clients.Group(group).SendAsync("test", 2, Stop);
        await One.Clients.GroupExcept(group, there.Id).SendAsync("test", 3, Stop);
        await Two.Clients.Groups(group, "nobody's").SendAsync("test", 4, Stop);
        await One.Clients.Group("nobody's").SendAsync("test", 5, Stop);

        await here.Hears(1, 2, 3, 4);
        await there.Hears(1, 2, 4);
        await One.Clients.Client(outside.Id).SendAsync("test", 6, Stop);
        await outside.Hears(6);
    }

    [Fact]
    public async Task Who_joins_twice_hears_once_and_who_left_hears_nothing()
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
        await One.Clients.Client(leaving.Id).SendAsync("test", 3, Stop);
        await leaving.HearsNext(3);
        Assert.Equal([1, 2], staying.Heard);
        Assert.Equal([1, 3], leaving.Heard);
    }

    [Fact]
    public async Task Everybody_is_everybody_on_every_node_but_for_exceptions()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);

        await One.Clients.All.SendAsync("test", 1, Stop);
        await Two.Clients.AllExcept(here.Id, "nobody").SendAsync("test", 2, Stop);
        await Two.Clients.AllExcept(there.Id).SendAsync("test", 3, Stop);

        await here.Hears(1, 3);
        await there.Hears(1, 2);
    }

    [Fact]
    public async Task A_user_hears_on_all_connections_whichever_nodes_they_are_on()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);
        await using var again = await SignalRClient.ConnectAsync(cluster.Two, here.User.Token);

        await One.Clients.User(here.User.Id.ToString()).SendAsync("test", 1, Stop);
        await Two.Clients.Users(here.User.Id.ToString(), there.User.Id.ToString(), "nobody").SendAsync("test", 2, Stop);

        await here.Hears(1, 2);
        await there.Hears(2);
        await Wait.Until(() => again.All("test").Count == 2);
    }

    [Fact]
    public async Task A_connection_is_written_to_wherever_it_is()
    {
        await using var here = await Browser.OpenAsync(cluster.One);
        await using var there = await Browser.OpenAsync(cluster.Two);

        await One.Clients.Client(here.Id).SendAsync("test", 1, Stop);
        await One.Clients.Client(there.Id).SendAsync("test", 2, Stop);
        await One.Clients.Clients(here.Id, there.Id, "nobody").SendAsync("test", 3, Stop);
        await One.Clients.Client("nobody").SendAsync("test", 4, Stop);

        await here.Hears(1, 3);
        await there.Hears(2, 3);
    }

    [Fact]
    public async Task A_connection_on_another_node_is_added_to_a_group_and_removed()
    {
        await using var there = await Browser.OpenAsync(cluster.Two);
        var group = NewGroup;

        await One.Groups.AddToGroupAsync(there.Id, group, Stop);
        await One.Clients.Group(group).SendAsync("test", 1, Stop);
        await there.HearsNext(1);
        await One.Groups.AddToGroupAsync(there.Id, group, Stop);
        await One.Groups.RemoveFromGroupAsync(there.Id, group, Stop);
        await One.Clients.Group(group).SendAsync("test", 2, Stop);
        await One.Groups.RemoveFromGroupAsync(there.Id, group, Stop);

        await One.Clients.Client(there.Id).SendAsync("test", 3, Stop);
        await there.HearsNext(3);
        Assert.Equal([1, 3], there.Heard);
    }

    [Fact]
    public async Task A_client_answers_whichever_node_asks()
    {
        await using var there = await Browser.OpenAsync(cluster.Two);
        there.Client.Answer("question", asked => $$"""{"answer":"{{asked.GetString()}}!"}""");

        var far = await One.Clients.Client(there.Id).InvokeAsync<Dictionary<string, string>>("question", "how", Stop);
        var near = await Two.Clients.Client(there.Id).InvokeAsync<Dictionary<string, string>>("question", "who", Stop);

        Assert.Equal(("how!", "who!"), (far["answer"], near["answer"]));
    }

    [Fact]
    public async Task A_client_that_goes_or_never_was_answers_nothing_and_nobody_waits_for_it()
    {
        await using var first = await Browser.OpenAsync(cluster.Two);
        await using var second = await Browser.OpenAsync(cluster.Two);
        foreach (var browser in new[] { first, second })
            browser.Client.Answer("question", _ =>
            {
                browser.Client.Drop();
                return "null";
            });

        await Assert.ThrowsAsync<HubException>(() => One.Clients.Client(first.Id).InvokeAsync<int>("question", 1, Stop).WaitAsync(SignalRClient.Deadline, Stop));
        await Assert.ThrowsAsync<IOException>(() => Two.Clients.Client(second.Id).InvokeAsync<int>("question", 1, Stop).WaitAsync(SignalRClient.Deadline, Stop));
        await Assert.ThrowsAsync<IOException>(() => One.Clients.Client("nobody").InvokeAsync<int>("question", 1, Stop).WaitAsync(SignalRClient.Deadline, Stop));
    }

    [Fact]
    public async Task What_one_node_says_to_a_group_is_heard_in_the_order_it_was_said()
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
        // One at a time: two of them are more than may wait for a browser.
        await there.Hears(1);
        await One.Clients.Client(there.Id).SendAsync("test", new { n = 2, text }, Stop);
        await there.Hears(1, 2);

        Assert.All([.. here.Client.All("test"), .. there.Client.All("test")], e => Assert.Equal(text, e.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Connections_that_are_gone_harm_nobody()
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
        await One.Clients.User(gone.User.Id.ToString()).SendAsync("test", 3, Stop);
        foreach (var node in new[] { One, Two }) await node.Clients.Client(gone.Id).SendAsync("test", 4, Stop);
        await One.Clients.Group(group).SendAsync("test", 5, Stop);
        await staying.HearsNext(5);
        // The group that lost its last member can be joined again.
        await staying.Join(theirs);
        await One.Clients.Group(theirs).SendAsync("test", 6, Stop);

        await staying.Hears(1, 5, 6);
    }

    [Fact]
    public async Task A_node_that_goes_takes_its_own_connections_along_and_nobody_elses()
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
        await One.Clients.Client(lost.Id).SendAsync("test", 3, Stop);
        await Assert.ThrowsAsync<IOException>(() => One.Clients.Client(lost.Id).InvokeAsync<int>("question", 1, Stop).WaitAsync(SignalRClient.Deadline, Stop));
        await using var back = await Browser.OpenAsync(cluster.One);
        await back.Join(group);
        await Two.Clients.Group(group).SendAsync("test", 4, Stop);
        await back.Hears(4);
    }

    [Fact]
    public async Task Who_stops_reading_in_a_conversation_is_closed_and_nobody_else_there_notices_P6()
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
        // It comes back and catches up.
        await using var back = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await back.Join(conversation.Id, afterSeq: 0);
        Assert.Equal(written, back.All("message:new").Count);
        slow.GoOnReading();
        await slow.Closed();
    }

    /// <summary>Sends a group one large message after another while one of its members reads nothing, until that one is closed or holds up the other.</summary>
    /// <returns>The message that the other waits for in vain; null where the slow one was closed and never noticed.</returns>
    protected async Task<int?> StallsAt(Browser slow, Browser quick)
    {
        var (group, text) = (NewGroup, new string('x', 60_000));
        foreach (var browser in new[] { slow, quick }) await browser.Join(group);
        slow.Client.StopReading();
        for (var n = 1; slow.IsThere; n++)
        {
            Assert.True(n < 2000, "The slow browser was neither closed nor a hindrance");
            await One.Clients.Group(group).SendAsync("test", new { n, text }, Stop);
            try
            {
                await quick.HearsNext(n, Noticed);
            }
            catch (TimeoutException)
            {
                return n;
            }
        }
        return null;
    }
}
