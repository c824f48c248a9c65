using System.Net;

namespace PyTake.SocketIo;

/// <summary>What happens to clients that let timeouts pass.</summary>
public sealed class HeartbeatTests(HurriedEcho echo) : IClassFixture<HurriedEcho>
{
    private const string Path = "/engine.io/";

    [Fact]
    public async Task A_client_that_polls_and_answers_pings_stays()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", (await client.Poll()).Expect(HttpStatusCode.OK).Text);
            (await client.Post("3")).Expect(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task A_client_that_answers_no_ping_is_dropped_even_if_it_polls()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        Assert.Equal("2", (await client.Poll()).Text);

        Assert.Equal("1", (await client.Poll()).Expect(HttpStatusCode.OK).Text);

        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task The_same_over_a_WebSocket()
    {
        await using var socket = await RawSocket.OpenAsync(echo.Url, path: Path);
        await socket.Text();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", await socket.Text(pings: true));
            await socket.Send("3");
        }
        Assert.Equal("2", await socket.Text(pings: true));

        await socket.Closed();
    }

    [Fact]
    public async Task A_client_without_a_namespace_is_dropped_though_it_answers_pings()
    {
        await using var socket = await SocketIoTests.Opened(echo.Url);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", await socket.Text(pings: true));
            await socket.Send("3");
        }

        await socket.Closed();
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_dropped_though_it_answers_pings()
    {
        using var client = echo.Poller();
        await client.Open();
        (await client.Post("40")).Expect(HttpStatusCode.OK);

        await Wait.Until(async () => (await client.Post("3")).Status != HttpStatusCode.OK);

        Poller.AssertRefused(await client.Post("3"), 1, "Session ID unknown");
    }

    [Fact]
    public async Task A_client_that_leaves_its_namespace_may_connect_again_for_a_while()
    {
        await using var socket = await SocketIoTests.Connected(echo.Url);

        await socket.Send("41");
        Assert.Equal("2", await socket.Text(pings: true));
        await socket.Send("3");
        await socket.Send("40");

        Assert.StartsWith("40{", await socket.Text());
    }

    [Fact]
    public async Task A_client_that_does_not_finish_its_upgrade_goes_on_polling()
    {
        using var client = echo.Poller(Path);
        await using var socket = await client.Probe();
        var noops = 0;
        var polled = "6";
        while (polled == "6")
        {
            polled = (await client.Poll()).Expect(HttpStatusCode.OK).Text;
            if (polled == "6") noops++;
        }

        // Polls are not answered in a busy loop.
        Assert.InRange(noops, 1, 5);
        Assert.Equal("2", polled);
        await client.Post("3\u001e4hello");
        await socket.Closed();
        Assert.Equal("4hello", (await client.Poll()).Text);
    }
}
