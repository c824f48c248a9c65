using Microsoft.AspNetCore.SignalR;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>What every backplane guarantees without Redis and after it is back: connected clients receive everything.</summary>
public abstract class RedisAwayContract(string provider) : IAsyncLifetime
{
    protected static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    protected PrivateRedis Redis { get; private set; } = null!;

    protected TestDatabase Database { get; private set; } = null!;

    protected TestNode One { get; private set; } = null!;

    protected TestNode Two { get; private set; } = null!;

    [Fact]
    public async Task Without_Redis_events_reach_every_node_and_once_it_is_back_everything_works_as_before()
    {
        var organization = await Given.Organization(One);
        var conversation = await Given.Conversation(organization);
        await using var here = await SignalRClient.ConnectAsync(One, organization.Agent.Token);
        await using var there = await SignalRClient.ConnectAsync(Two, organization.OtherAgent.Token);
        await here.Join(conversation.Id);
        await there.Join(conversation.Id);
        await there.Watch();
        await Given.InboundMessage(conversation, "before");
        await there.Next("message:new");

        await Redis.KillAsync();
        await Noticed();
        await Given.InboundMessage(conversation, "away");

        await here.Next("message:new", m => m.Text() == "away", Promised);
        await there.Next("message:new", m => m.Text() == "away", Promised);
        await there.Next("conversation:updated", c => c.GetProperty("inbox_seq").GetInt64() == 3, Promised);

        await Redis.StartAgainAsync();
        await Given.InboundMessage(conversation, "back");
        await there.Next("message:new", m => m.Text() == "back", Promised);
        await Back();
        await Given.InboundMessage(conversation, "as before");
        foreach (var client in new[] { here, there })
        {
            await client.Next("message:new", m => m.Text() == "as before", Promised);
            Assert.Equal([1L, 2, 3, 4], client.All("message:new").Select(m => m.Seq()));
        }
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_treated_like_one_that_is_down()
    {
        var organization = await Given.Organization(One);
        var conversation = await Given.Conversation(organization);
        await using var there = await SignalRClient.ConnectAsync(Two, organization.Agent.Token);
        await there.Join(conversation.Id);

        await Redis.FreezeAsync();
        await Given.InboundMessage(conversation, "hanging");
        await there.Next("message:new", m => m.Text() == "hanging", Promised + TimeSpan.FromMilliseconds(500));
        await Noticed();
        await Given.InboundMessage(conversation, "still");
        await there.Next("message:new", m => m.Text() == "still", Promised);

        await Redis.ThawAsync();
        await Back();
        await Given.InboundMessage(conversation, "back");
        await there.Next("message:new", m => m.Text() == "back", Promised);
        Assert.Equal([1L, 2, 3], there.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task Losing_only_the_subscriptions_loses_nothing()
    {
        var organization = await Given.Organization(One);
        var conversation = await Given.Conversation(organization);
        await using var there = await SignalRClient.ConnectAsync(Two, organization.Agent.Token);
        await there.Join(conversation.Id);

        for (var i = 1; i <= 50; i++)
        {
            if (i % 10 == 0) await Redis.CommandAsync("CLIENT KILL TYPE pubsub");
            await Given.InboundMessage(conversation, $"message {i}");
        }

        await there.Next("message:new", m => m.Seq() == 50, Promised);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), there.All("message:new").Select(m => m.Seq()));
    }

    [Fact]
    public async Task After_Redis_was_killed_and_restarted_events_reach_groups_again()
    {
        await using var there = await Browser.OpenAsync(Two);
        await there.Join("a group");
        await Redis.KillAsync();
        await Noticed();
        await Redis.StartAgainAsync();
        await Back();

        // The subscription is restored a little later, and what is sent before that is lost.
        var (n, group) = (0, One.Get<IHubContext<ChatHub>>().Clients.Group("a group"));
        await Wait.Until(async () =>
        {
            await Attempt(() => group.SendAsync("test", ++n));
            return there.Heard.Count > 0;
        });
    }

    public async ValueTask InitializeAsync()
    {
        Redis = await PrivateRedis.StartAsync();
        Database = await TestDatabase.CreateAsync();
        One = Start(("Realtime:PresenceLease", "00:00:01.5"));
        Two = Start(("Realtime:PresenceLease", "00:00:01.5"));
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Redis.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Starts one more node on the same Redis.</summary>
    protected TestNode Start(params (string Key, string Value)[] settings)
        => TestNode.Start(Database, [Redis.Setting, ("Backplane:Provider", provider), .. settings]);

    /// <summary>Waits until both nodes know that Redis is unreachable.</summary>
    protected Task Noticed() => Wait.Until(() => !One.Get<NodeBus>().Connected && !Two.Get<NodeBus>().Connected);

    /// <summary>Waits until both nodes know that it is back.</summary>
    protected Task Back() => Wait.Until(() => One.Get<NodeBus>().Connected && Two.Get<NodeBus>().Connected);

    private static async Task Attempt(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is StackExchange.Redis.RedisException or TimeoutException)
        {
            // Not back yet.
        }
    }
}
