using Microsoft.AspNetCore.SignalR;
using PyTake.Realtime;

namespace PyTake.Backplane;

public sealed class RemoteConnectionTests(Cluster cluster) : IClassFixture<Cluster>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IHubContext<ChatHub> One => cluster.One.Get<IHubContext<ChatHub>>();

    [Fact]
    public async Task A_connection_on_another_node_is_written_to_added_and_removed()
    {
        var (client, id) = await Connect(cluster.Two);
        await using var _ = client;

        await One.Groups.AddToGroupAsync(id, "a group", Stop);
        await One.Clients.Group("a group").SendAsync("test", "to the group", Stop);
        await One.Groups.RemoveFromGroupAsync(id, "a group", Stop);
        await One.Clients.Group("a group").SendAsync("test", "not heard", Stop);
        await One.Clients.Clients([id, "nobody"]).SendAsync("test", "to connections", Stop);

        Assert.Equal("to the group", (await client.Next("test")).GetString());
        Assert.Equal("to connections", (await client.Next("test")).GetString());
    }

    [Fact]
    public async Task A_connection_that_is_nowhere_is_no_error_and_no_long_wait()
    {
        await One.Groups.AddToGroupAsync("nobody", "a group", Stop).WaitAsync(TimeSpan.FromSeconds(2), Stop);
        await Assert.ThrowsAsync<IOException>(() => One.Clients.Client("nobody").InvokeAsync<int>("question", Stop));
    }

    [Fact]
    public async Task A_client_on_another_node_answers()
    {
        var (client, id) = await Connect(cluster.Two);
        await using var _ = client;
        client.Answer("question", asked => $$"""{"answer":"{{asked.GetString()}}!"}""");

        var far = await One.Clients.Client(id).InvokeAsync<Dictionary<string, string>>("question", "how", Stop);
        var near = await cluster.Two.Get<IHubContext<ChatHub>>().Clients.Client(id).InvokeAsync<Dictionary<string, string>>("question", "who", Stop);

        Assert.Equal(("how!", "who!"), (far["answer"], near["answer"]));
    }

    [Fact]
    public async Task Everybody_users_and_exceptions_work_across_nodes()
    {
        var organization = await Given.Organization(cluster.One);
        await using var here = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var other = await SignalRClient.ConnectAsync(cluster.Two, organization.Admin.Token);
        var thereId = cluster.Two.Get<ChatSockets>().OfUser(organization.Agent.Id).Single().Id;

        await One.Clients.All.SendAsync("test", 1, "two arguments", Stop);
        await One.Clients.AllExcept(thereId).SendAsync("test", 2, Stop);
        await One.Clients.User(organization.Agent.Id.ToString()).SendAsync("test", 3, Stop);
        await One.Clients.GroupExcept(Rooms.User(organization.Agent.Id), thereId).SendAsync("test", 4, Stop);
        await One.Clients.Groups(Rooms.User(organization.Agent.Id), Rooms.User(organization.Admin.Id)).SendAsync("test", 5, Stop);

        foreach (var client in new[] { here, there, other }) await client.Next("test", t => t.GetInt32() == 5);
        Assert.Equal([1, 2, 3, 4, 5], here.All("test").Select(t => t.GetInt32()));
        Assert.Equal([1, 3, 5], there.All("test").Select(t => t.GetInt32()));
        Assert.Equal([1, 2, 5], other.All("test").Select(t => t.GetInt32()));
    }

    [Fact]
    public void An_envelope_comes_out_as_it_went_in_and_a_broken_one_not_at_all()
    {
        var envelope = new Envelope(Guid.NewGuid(), 7, "message:new", ["é", "b"], "{\"a\":1}"u8.ToArray());

        var bytes = envelope.ToBytes();
        var read = Envelope.Read(bytes)!.Value;

        Assert.Equal((envelope.Origin, 7L, "message:new"), (read.Origin, read.Seq, read.Method));
        Assert.Equal(envelope.Excluded, read.Excluded);
        Assert.Equal(envelope.Arguments.ToArray(), read.Arguments.ToArray());
        Assert.True(Envelope.IsFrom(envelope.Origin, bytes));
        for (var length = 0; length < bytes.Length - envelope.Arguments.Length; length++) Assert.Null(Envelope.Read(bytes[..length]));
    }

    private static async Task<(SignalRClient Client, string Id)> Connect(TestNode node)
    {
        var organization = await Given.Organization(node);
        var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        return (client, node.Get<ChatSockets>().OfUser(organization.Agent.Id).Single().Id);
    }
}
