using System.Net;
using System.Net.Sockets;
using System.Text;
using PyTake.Nodes;
using PyTake.Realtime;
using PyTake.WhatsApp;

namespace PyTake.Operations;

/// <summary>A node is drained, and its users lose nothing.</summary>
public sealed class DrainTests : NodesPerTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private static readonly (string, string)[] Quickly =
        [("Drain:ListenFor", "00:00:00.3"), ("Drain:Quiet", "00:00:00.2"), ("Drain:Patience", "00:00:00.5"), ("Drain:ClientsPerSecond", "10")];

    [Fact]
    public async Task Each_client_is_given_a_moment_to_reconnect_and_is_closed_if_it_stays()
    {
        var (leaving, staying) = (Start(Quickly), Start());
        var user = (await Given.Organization(leaving)).Agent;
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SignalRClient.ConnectAsync(leaving, user.Token)));

        var drain = leaving.Get<Drain>().RunAsync(CancellationToken.None);

        var moments = await Task.WhenAll(clients.Select(async client => (await client.Next("server:draining")).GetProperty("reconnect_in_ms").GetInt32()));
        Assert.All(moments, moment => Assert.InRange(moment, 0, 800));
        Assert.True(moments.Distinct().Count() > 1, $"all are to reconnect at the same moment: {moments[0]}");
        // One client follows the event; the others are old clients, which do not know it.
        await using var moved = await SignalRClient.ConnectAsync(staying, user.Token);
        await clients[0].DisposeAsync();
        foreach (var client in clients[1..])
        {
            await client.Closed();
            Assert.True(client.Goodbye?.AllowReconnect);
            Assert.DoesNotContain(client.Events, e => e.Name == "error");
        }
        await drain.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(0, leaving.Get<ChatSockets>().Count);
        Assert.False(moved.IsClosed);
        foreach (var client in clients[1..]) await client.DisposeAsync();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(40, 0.1)]
    [InlineData(2_000, 5)]
    [InlineData(1_000_000, 12)]
    public void The_window_grows_with_the_number_of_clients_up_to_a_limit(int clients, double seconds)
        => Assert.Equal(seconds, SocketMover.Window(clients, new DrainOptions()).TotalSeconds, precision: 6);

    [Fact]
    public async Task It_is_not_ready_and_takes_no_sockets_but_answers_requests()
    {
        var node = Start([("Drain:ListenFor", "00:00:10")]);
        var user = (await Given.Organization(node)).Agent;
        using var hurry = new CancellationTokenSource();
        var drain = node.Get<Drain>().RunAsync(hurry.Token);
        using var http = node.Client(user.Token);

        (await http.Get("/health/ready")).Expect(HttpStatusCode.ServiceUnavailable);
        (await http.Get("/health/live")).Expect(HttpStatusCode.OK);
        (await http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
        var refused = await Assert.ThrowsAsync<SocketRefused>(() => SignalRClient.OpenAsync(node, user.Token));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        using var negotiation = await http.PostAsync("/hubs/chat/negotiate?negotiateVersion=1", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, negotiation.StatusCode);

        await hurry.CancelAsync();
        await drain.WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task After_a_while_it_stops_listening_and_kept_connections_close_after_their_next_response()
    {
        var node = Start(Quickly);
        var user = (await Given.Organization(node)).Agent;
        using var kept = node.Client(user.Token);
        (await kept.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);

        var drain = node.Get<Drain>().RunAsync(CancellationToken.None);
        await Wait.Until(() => !Accepts(node.Url), Soon);
        using var last = await kept.GetAsync("/api/v1/auth/me", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, last.StatusCode);
        Assert.True(last.Headers.ConnectionClose);
        await Assert.ThrowsAsync<HttpRequestException>(() => kept.GetAsync("/api/v1/auth/me", TestContext.Current.CancellationToken));
        await drain.WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Other_nodes_take_its_partitions_at_once_and_process_what_it_still_receives()
    {
        var (leaving, staying) = (StartWorker(("Drain:ListenFor", "00:00:20")), StartWorker());
        var organization = await Given.Organization(leaving);
        await Wait.Until(() => staying.Get<NodeRegistry>().OwnPartitions() is not 0 and not Partitions.All, Soon);
        using var hurry = new CancellationTokenSource();

        var drain = leaving.Get<Drain>().RunAsync(hurry.Token);

        Assert.Equal(0ul, leaving.Get<NodeRegistry>().OwnPartitions());
        await Wait.Until(() => staying.Get<NodeRegistry>().OwnPartitions() == Partitions.All, Soon);
        await using var client = await SignalRClient.ConnectAsync(staying, organization.Agent.Token);
        await client.Watch();
        foreach (var customer in Enumerable.Range(0, 8).Select(n => $"55219{n:D8}"))
        {
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(leaving, Meta.Text(organization.Number, customer, "Bom dia")));
            await client.Next("conversation:updated", c => c.GetProperty("contact").GetProperty("whatsapp_id").GetString() == customer);
        }
        await hurry.CancelAsync();
        await drain.WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_process_that_is_asked_to_stop_finishes_its_requests_and_exits_by_itself()
    {
        await using var node = await NodeProcess.StartAsync(Database, [.. Quickly]);
        var user = (await Given.Organization(Start())).Agent;
        await using var client = await SignalRClient.ConnectAsync(node.Url, user.Token);
        // A request whose body comes slowly.
        using var slow = new TcpClient();
        await slow.ConnectAsync(node.Url.Host, node.Url.Port, TestContext.Current.CancellationToken);
        var body = """{"full_name":"Slow Agent"}""";
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT /api/v1/users/me HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {user.Token}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body[..5]}"),
            TestContext.Current.CancellationToken);

        var ended = node.StopAsync();
        await client.Next("server:draining");
        await client.Closed();
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(body[5..]), TestContext.Current.CancellationToken);
        var answer = await new StreamReader(slow.GetStream()).ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Contains("Slow Agent", answer);
        await ended.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, node.ExitCode);
        Assert.Contains("SIGTERM", Assert.Single(node.Output, line => line.Contains("The node stops", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static bool Accepts(Uri url)
    {
        using var socket = new TcpClient();
        try
        {
            socket.Connect(url.Host, url.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
