using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Requests that begin and do not end: what they hold is taken from them as soon as others need it.</summary>
public sealed class HalfRequestTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly List<TcpClient> _sockets = [];
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _organization = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database, ("Webhooks:UnverifiedBytes", "1048576"), ("Webhooks:LargeBodiesBytes", "8388608"));
        _organization = await Given.Organization(_node);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets) socket.Dispose();
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Hundreds_of_half_webhooks_keep_no_room_from_a_whole_one()
    {
        var sockets = await OpenAsync(300, Head(60_000) + "{\"object\":");
        await Wait.Until(async () => await Meta.Post(_node, Meta.Text(_organization.Number, "5511944460001", "whole")) == HttpStatusCode.OK, Deadline);
        await EndAsync(sockets);
    }

    [Fact]
    public async Task Large_webhooks_that_come_in_drops_keep_no_room_from_a_whole_one()
    {
        var sockets = await OpenAsync(20, Head(4_000_000) + "{\"object\":");
        using var over = new CancellationTokenSource();
        var drops = DropAsync(sockets, over.Token);
        await Wait.Until(async () => await Meta.Post(_node, Meta.Text(_organization.Number, "5511944460002", new string('x', 200_000))) == HttpStatusCode.OK, Deadline);
        await over.CancelAsync();
        await drops;
    }

    [Fact]
    public async Task Headers_that_do_not_end_are_not_waited_for()
    {
        var sockets = await OpenAsync(300, "POST /api/v1/whatsapp/webhook HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: sha256=");
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Text(_organization.Number, "5511944460003", "whole")));
        await EndAsync(sockets);
    }

    [Fact]
    public async Task A_node_keeps_no_more_connections_than_it_may()
    {
        await using var node = TestNode.Start(_database, ("Http:MaxConnections", "16"));
        var sockets = await OpenAsync(40, "", node);
        // Those above the limit are closed at once, the others are not.
        await Wait.Until(async () => await ClosedAsync(sockets) >= 24, Deadline);
        foreach (var socket in sockets) socket.Dispose();
        using var client = node.Client();
        await Wait.Until(async () =>
        {
            try
            {
                return (await client.GetAsync("/health/live")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, Deadline);
    }

    private static string Head(int length) => $"POST /api/v1/whatsapp/webhook HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: sha256={new string('0', 64)}\r\nContent-Length: {length}\r\n\r\n";

    private async Task<TcpClient[]> OpenAsync(int count, string beginning, TestNode? node = null)
    {
        var url = (node ?? _node).Url;
        TcpClient[] sockets = [.. Enumerable.Range(0, count).Select(_ => new TcpClient())];
        _sockets.AddRange(sockets);
        await Task.WhenAll(sockets.Select(async socket =>
        {
            await socket.ConnectAsync(url.Host, url.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(beginning));
        }));
        return sockets;
    }

    // Faster than a node demands of any body, and much slower than one that comes from nginx or from Meta.
    private static Task DropAsync(TcpClient[] sockets, CancellationToken over) => Task.WhenAll(sockets.Select(async socket =>
    {
        var drop = new byte[4096];
        Array.Fill(drop, (byte)' ');
        try
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
            while (await tick.WaitForNextTickAsync(over)) await socket.GetStream().WriteAsync(drop, over);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
        }
    }));

    private static Task EndAsync(TcpClient[] sockets) => Wait.Until(async () => await ClosedAsync(sockets) == sockets.Length, Deadline);

    // An answer, such as 408, is read first.
    private static async Task<int> ClosedAsync(TcpClient[] sockets)
    {
        var closed = 0;
        foreach (var socket in sockets)
        {
            try
            {
                while (socket.Client.Poll(0, SelectMode.SelectRead))
                    if (await socket.Client.ReceiveAsync(new byte[4096]) == 0)
                    {
                        closed++;
                        break;
                    }
            }
            catch (SocketException)
            {
                closed++;
            }
        }
        return closed;
    }
}
