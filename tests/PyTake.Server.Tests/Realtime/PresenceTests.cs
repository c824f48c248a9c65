namespace PyTake.Realtime;

public sealed class PresenceTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNode _one = null!;
    private TestNode _two = null!;

    [Fact]
    public async Task Coming_online_is_seen_on_every_node_once()
    {
        var organization = await Given.Organization(_one);
        await using var watcher = await SignalRClient.ConnectAsync(_two, organization.Admin.Token);

        await using var first = await SignalRClient.ConnectAsync(_one, organization.Agent.Token);
        await using var second = await SignalRClient.ConnectAsync(_one, organization.Agent.Token);

        Assert.Equal("online", (await Status(watcher, organization.Agent)).GetProperty("status").GetString());
        var snapshot = await second.Next("presence:snapshot");
        Assert.Equal(
            new[] { organization.Admin.Id, organization.Agent.Id }.Order(),
            snapshot.GetProperty("users").EnumerateArray().Select(u => u.GetProperty("user_id").GetGuid()).Order());
        await watcher.Call("ping");
        Assert.Single(watcher.All("user:status"), s => s.GetProperty("user_id").GetGuid() == organization.Agent.Id);
        Assert.Equal(2, (await _two.Get<Presence>().OnlineInAsync(organization.Id)).Count);
    }

    [Fact]
    public async Task A_reload_does_not_show_as_offline_and_the_last_connections_end_does_after_the_lease()
    {
        var organization = await Given.Organization(_one);
        await using var watcher = await SignalRClient.ConnectAsync(_two, organization.Admin.Token);
        await (await SignalRClient.ConnectAsync(_one, organization.Agent.Token)).DisposeAsync();
        var back = await SignalRClient.ConnectAsync(_two, organization.Agent.Token);
        var left = DateTime.UtcNow;
        await back.DisposeAsync();

        await Status(watcher, organization.Agent, "offline");

        // The lease is two seconds here.
        Assert.InRange(DateTime.UtcNow - left, TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(4));
        Assert.Equal(["online", "offline"], watcher.All("user:status").Where(s => s.GetProperty("user_id").GetGuid() == organization.Agent.Id)
            .Select(s => s.GetProperty("status").GetString()));
        await Wait.Until(async () => !(await _one.Get<Presence>().OnlineInAsync(organization.Id)).Contains(organization.Agent.Id));
        await Wait.Until(async () => await _database.SingleAsync<DateTime?>("select last_seen_at from users where id = @Id", organization.Agent) is not null);
    }

    [Fact]
    public async Task A_node_without_clients_of_an_organization_knows_who_is_online_there()
    {
        var organization = await Given.Organization(_one);
        await using var client = await SignalRClient.ConnectAsync(_one, organization.Agent.Token);
        await client.Next("presence:snapshot");

        Assert.Equal([organization.Agent.Id], await _two.Get<Presence>().OnlineInAsync(organization.Id));
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        (string, string)[] settings = [("Realtime:PresenceLease", "00:00:02")];
        _one = TestNode.Start(_database, settings);
        _two = TestNode.Start(_database, settings);
        // Right after the start, or after Redis was unreachable, a missing lease still counts as online: wait until that has passed.
        await Task.WhenAll(new[] { _one, _two }.Select(node => Wait.Until(() => node.Get<Presence>().IsSettled)));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static Task<System.Text.Json.JsonElement> Status(SignalRClient watcher, TestUser user, string status = "online")
        => watcher.Next("user:status", s => s.GetProperty("user_id").GetGuid() == user.Id && s.GetProperty("status").GetString() == status);
}
