using System.Net;

namespace PyTake.SocketIo;

/// <summary>However a client ends, nothing of it is left: no session and no hub connection, and so no timer and no memory.</summary>
public sealed class LeftoverTests : IAsyncLifetime
{
    private readonly HurriedEcho _echo = new();

    public ValueTask InitializeAsync() => _echo.InitializeAsync();

    public ValueTask DisposeAsync() => _echo.DisposeAsync();

    [Fact]
    public async Task However_a_client_ends_nothing_is_left_behind()
    {
        Func<Task>[] ends =
        [
            () => OverWebSocket(socket => socket.Send("abc")),
            () => OverWebSocket(socket => socket.Send("4abc")),
            () => OverWebSocket(socket => socket.Send("42{}")),
            () => OverWebSocket(socket => socket.Send("4" + new string('x', 200_000))),
            () => OverWebSocket(socket => socket.Send([1, 2, 3])),
            () => OverWebSocket(socket => socket.Send("""4510-["message",{"_placeholder":true,"num":0}]""")),
            () => OverWebSocket(socket => socket.Send("""4511-["message"]""")),
            () => OverWebSocket(socket => socket.Send("1")),
            () => OverWebSocket(socket => socket.Send("41")),
            () => OverWebSocket(socket => socket.Send("40")),
            () => OverWebSocket(socket => socket.Send("""42["wait"]""")),
            () => OverWebSocket(socket => socket.Send("""42["hang-up"]""")),
            () => OverWebSocket(socket => { socket.Drop(); return Task.CompletedTask; }),
            () => OverWebSocket(_ => Task.CompletedTask),
            () => Polling(client => client.Post("abc")),
            () => Polling(client => client.Post("4abc")),
            () => Polling(client => client.Post("1")),
            () => Polling(client => client.Post("4" + new string('x', 200_000))),
            () => Polling(client => client.Post("b!")),
            () => Polling(client => Task.WhenAll(client.Poll(), client.Poll(), client.Poll())),
            () => Polling(client => Task.WhenAll(client.Post("3"), client.Post("3"), client.Post("3"))),
            () => Polling(client => client.Post("""42["hang-up"]""")),
            () => Polling(client => client.Post("""42["wait"]""")),
            () => Polling(client => client.Post("451-[\"message\",{}]")),
            () => Polling(_ => Task.CompletedTask),
            () => Polling(GiveUpPoll),
            () => Polling(UpgradeHalfway),
            () => Polling(UpgradeAfterTheEnd),
        ];

        await Task.WhenAll(Enumerable.Repeat(ends, 5).SelectMany(e => e).Select(end => end()));

        await Wait.Until(() => _echo.Sessions == 0 && _echo.Count.Now == 0);
        Assert.True(_echo.Count.Ever >= 100);
    }

    [Fact]
    public async Task Requests_that_open_nothing_leave_nothing()
    {
        using var client = _echo.Poller();
        foreach (var query in new[] { "", "EIO=4", "EIO=3&transport=polling", "EIO=4&transport=polling&sid=x", "EIO=4&transport=polling&j=1", "EIO=4&transport=websocket" })
            (await client.Get(query)).Expect(HttpStatusCode.BadRequest);

        Assert.Equal(0, _echo.Sessions);
    }

    [Fact]
    public async Task A_node_that_stops_ends_all_sessions_at_once_and_opens_none()
    {
        using var poller = _echo.Poller();
        await poller.Open();
        var polling = poller.Poll();
        await using var socket = await SocketIoTests.Connected(_echo.Url);

        await _echo.StopAsync();

        Assert.EndsWith("1", (await polling).Text);
        await socket.Closed();
        Assert.Equal(0, _echo.Sessions);
    }

    private async Task OverWebSocket(Func<RawSocket, Task> end)
    {
        await using var socket = await SocketIoTests.Connected(_echo.Url);
        await end(socket);
        await Record.ExceptionAsync(() => socket.Closed());
    }

    private async Task Polling(Func<Poller, Task> end)
    {
        using var client = _echo.Poller();
        await client.Open();
        await client.Post("40");
        await client.Poll();
        await Record.ExceptionAsync(() => end(client));
    }

    private async Task GiveUpPoll(Poller client)
    {
        using var gaveUp = new CancellationTokenSource();
        await client.Poll();
        await client.Post("3");
        var polling = client.Http.GetAsync($"/socket.io/?{client.Query}", gaveUp.Token);
        await client.Post("3");
        gaveUp.Cancel();
        await polling;
    }

    private async Task UpgradeHalfway(Poller client)
    {
        await using var socket = await RawSocket.OpenAsync(_echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}");
        await socket.Send("2probe");
        await socket.Text();
        socket.Drop();
    }

    private async Task UpgradeAfterTheEnd(Poller client)
    {
        await using var socket = await RawSocket.OpenAsync(_echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}");
        await socket.Send("2probe");
        await socket.Text();
        await client.Post("1");
        await socket.Closed();
    }
}
