using System.Text.Json;
using PyTake.Database;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Realtime;

public sealed class ViewersTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNode _one = null!;
    private TestNode _two = null!;
    private TestConversation _conversation = null!;

    [Fact]
    public async Task A_user_who_joins_gets_the_viewers_at_once_and_the_others_are_notified_on_every_node()
    {
        await using var admin = await SignalRClient.ConnectAsync(_one, Organization.Admin.Token);
        await admin.Join(_conversation.Id);
        await Seen(admin, Organization.Admin);
        await using var agent = await SignalRClient.ConnectAsync(_two, Organization.Agent.Token);
        await agent.Join(_conversation.Id);

        await Seen(admin, Organization.Admin, Organization.Agent);
        var told = await Seen(agent, Organization.Admin, Organization.Agent);
        Assert.Equal(_conversation.Id, told.GetProperty("conversation_id").GetGuid());

        await agent.Call("leave_conversation", new { conversation_id = _conversation.Id });
        await Seen(admin, Organization.Admin);
        await agent.Join(_conversation.Id);
        await Seen(agent, Organization.Admin, Organization.Agent);
        admin.Drop();
        await Seen(agent, Organization.Agent);
    }

    [Fact]
    public async Task A_joining_connection_gets_the_viewers_once_whether_or_not_they_changed()
    {
        await using var first = await SignalRClient.ConnectAsync(_one, Organization.Agent.Token);
        await first.Join(_conversation.Id);
        await Seen(first, Organization.Agent);
        await using var tab = await SignalRClient.ConnectAsync(_one, Organization.Agent.Token);
        await tab.Join(_conversation.Id);
        await Seen(tab, Organization.Agent);
        await using var admin = await SignalRClient.ConnectAsync(_one, Organization.Admin.Token);
        await admin.Join(_conversation.Id);

        await Seen(first, Organization.Admin, Organization.Agent);
        await Seen(tab, Organization.Admin, Organization.Agent);
        await Seen(admin, Organization.Admin, Organization.Agent);

        Assert.Equal([2, 2, 1], new[] { first, tab, admin }.Select(client => client.All("conversation:viewers").Count));
    }

    [Fact]
    public async Task A_user_counts_once_however_many_tabs_on_however_many_nodes()
    {
        await using var watcher = await SignalRClient.ConnectAsync(_two, Organization.Admin.Token);
        await watcher.Join(_conversation.Id);
        await using var first = await SignalRClient.ConnectAsync(_one, Organization.Agent.Token);
        await first.Join(_conversation.Id);
        await Seen(watcher, Organization.Admin, Organization.Agent);
        var events = watcher.All("conversation:viewers").Count;

        await using var second = await SignalRClient.ConnectAsync(_one, Organization.Agent.Token);
        await second.Join(_conversation.Id);
        await using var third = await SignalRClient.ConnectAsync(_two, Organization.Agent.Token);
        await third.Join(_conversation.Id);
        await Seen(second, Organization.Admin, Organization.Agent);
        await Seen(third, Organization.Admin, Organization.Agent);
        await first.DisposeAsync();
        await second.DisposeAsync();
        await using var other = await SignalRClient.ConnectAsync(_one, Organization.OtherAgent.Token);
        await other.Join(_conversation.Id);

        await Seen(watcher, Organization.Admin, Organization.Agent, Organization.OtherAgent);
        Assert.Equal(events + 1, watcher.All("conversation:viewers").Count);
    }

    [Fact]
    public async Task Names_come_with_the_ids_and_another_organization_receives_nothing()
    {
        var others = await Given.Organization(_two);
        var theirs = await Given.Conversation(others);
        await using var stranger = await SignalRClient.ConnectAsync(_two, others.Agent.Token);
        await stranger.Join(theirs.Id);
        await Seen(stranger, others.Agent);
        await using var agent = await SignalRClient.ConnectAsync(_one, Organization.Agent.Token);
        await agent.Join(_conversation.Id);

        var told = await agent.Next("conversation:viewers");

        Assert.StartsWith("agent", Assert.Single(told.GetProperty("users").EnumerateArray()).GetProperty("user_name").GetString());
        await Wait.Until(() => _two.Get<Viewers>().Of(_conversation.Id).Count == 1);
        await stranger.Call("ping");
        Assert.All(stranger.All("conversation:viewers"), v => Assert.Equal([others.Agent.Id], Users(v)));
    }

    [Fact]
    public async Task The_viewers_on_a_killed_node_are_forgotten_after_the_lease()
    {
        await using var watcher = await SignalRClient.ConnectAsync(_two, Organization.Admin.Token);
        await watcher.Join(_conversation.Id);

        // The last message from the other node.
        Say(new ViewersHint(Guid.NewGuid(), 1, [Room(Organization.Agent.Id)], First: true, Last: true));
        await Seen(watcher, Organization.Admin, Organization.Agent);
        var heard = DateTime.UtcNow;

        await Wait.Until(() => Users(watcher.All("conversation:viewers")[^1]).SequenceEqual([Organization.Admin.Id]));
        Assert.InRange(DateTime.UtcNow - heard, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_lost_hint_is_noticed_and_the_node_is_asked_for_its_full_state()
    {
        var (node, asked) = (Guid.NewGuid(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _one.Get<NodeBus>().Subscribe(Viewers.Topic, text =>
        {
            if (JsonSerializer.Deserialize<ViewersHint>(text, Wire.Options)!.Asks == node) asked.TrySetResult();
        });
        await using var watcher = await SignalRClient.ConnectAsync(_two, Organization.Admin.Token);
        await watcher.Join(_conversation.Id);
        Say(new ViewersHint(node, 1, [Room(Organization.Agent.Id)], First: true, Last: true));
        await Seen(watcher, Organization.Admin, Organization.Agent);

        // Hint 2, that the agent left, was lost.
        Say(new ViewersHint(node, 3, [new RoomViewers(Guid.NewGuid(), [])]));
        await Wait.Until(() => asked.Task.IsCompleted);
        Say(new ViewersHint(node, 4, [new RoomViewers(Guid.NewGuid(), [new Viewer(Guid.NewGuid(), "Rita")])], First: true));
        Say(new ViewersHint(node, 5, [Room(Organization.OtherAgent.Id)], Last: true));

        await Seen(watcher, Organization.Admin, Organization.OtherAgent);
    }

    [Fact]
    public async Task A_node_that_starts_later_learns_who_is_viewing()
    {
        await using var agent = await SignalRClient.ConnectAsync(_one, Organization.Agent.Token);
        await agent.Join(_conversation.Id);
        await using var late = Start();
        await using var admin = await SignalRClient.ConnectAsync(late, Organization.Admin.Token);

        await admin.Join(_conversation.Id);

        await Seen(admin, Organization.Admin, Organization.Agent);
        await Seen(agent, Organization.Admin, Organization.Agent);
    }

    [Fact]
    public async Task A_crowd_that_joins_at_once_causes_only_a_few_events()
    {
        await using var watcher = await SignalRClient.ConnectAsync(_two, Organization.Admin.Token);
        await watcher.Join(_conversation.Id);
        await Seen(watcher, Organization.Admin);
        var (node, users) = (Guid.NewGuid(), new List<Viewer>());

        for (var i = 1; i <= 300; i++)
        {
            users.Add(new Viewer(Guid.NewGuid(), $"~{i:000}"));
            Say(new ViewersHint(node, i, [new RoomViewers(_conversation.Id, [.. users])], First: i == 1, Last: i == 1));
        }

        await watcher.Next("conversation:viewers", v => v.GetProperty("users").GetArrayLength() == Viewers.Most);
        await Wait.Until(() => _two.Get<Viewers>().Of(_conversation.Id).Count == Viewers.Most);
        await watcher.Call("ping");
        Assert.InRange(watcher.All("conversation:viewers").Count, 2, 30);
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _one = Start();
        _two = Start();
        var organization = await Given.Organization(_one);
        _conversation = await Given.Conversation(organization);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    private TestOrganization Organization => _conversation.Organization;

    private TestNode Start() => TestNode.Start(_database, ("Realtime:PresenceLease", "00:00:02"));

    private RoomViewers Room(Guid user) => new(_conversation.Id, [new Viewer(user, "Rita")]);

    // As if another node had published it: through Redis, to both nodes.
    private void Say(ViewersHint hint) => _one.Get<NodeBus>().Publish(Viewers.Topic, JsonSerializer.Serialize(hint, Wire.Options));

    private static Guid[] Users(JsonElement told) => [.. told.GetProperty("users").EnumerateArray().Select(u => u.GetProperty("user_id").GetGuid()).Order()];

    private static Task<JsonElement> Seen(SignalRClient client, params TestUser[] users)
        => client.Next("conversation:viewers", told => Users(told).SequenceEqual(users.Select(u => u.Id).Order()));
}
