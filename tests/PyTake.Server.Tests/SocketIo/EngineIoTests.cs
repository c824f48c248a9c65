using System.Net;
using System.Text.Json;

namespace PyTake.SocketIo;

/// <summary>Every case of engine.io-protocol's test suite, and cases it leaves out.</summary>
public sealed class EngineIoTests(EchoFixture echo) : IClassFixture<EchoFixture>
{
    private const string Path = "/engine.io/";

    // --- handshake ---

    [Fact]
    public async Task A_poll_without_a_session_opens_one()
    {
        using var client = echo.Poller(Path);

        var open = await client.Open();

        Assert.Equal(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"], open.EnumerateObject().Select(p => p.Name));
        Assert.Equal("""["websocket"] 25000 20000 100000""", $"{open.GetProperty("upgrades")} {open.GetProperty("pingInterval")} {open.GetProperty("pingTimeout")} {open.GetProperty("maxPayload")}");
        Assert.InRange(client.Sid.Length, 20, 64);
    }

    [Fact]
    public async Task A_proxys_request_id_prefixes_the_sessions_id_so_that_requests_are_routed_back_here()
    {
        var id = new string('a', 24) + "01234567";
        using var client = echo.Poller(Path);
        var opened = async (string requestId) => JsonDocument.Parse(
            (await client.Http.Send(HttpMethod.Get, Path + "?EIO=4&transport=polling", null, ("X-Request-ID", requestId))).Text[1..]).RootElement.GetProperty("sid").GetString()!;

        var sid = await opened(id);

        Assert.StartsWith(id, sid);
        Assert.Equal(56, sid.Length);
        Assert.Equal(24, (await opened(id.ToUpperInvariant())).Length);
        Assert.Equal(24, (await opened("x")).Length);
    }

    [Theory]
    [InlineData("GET", "transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "EIO=abc&transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "EIO=3&transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "EIO=4&EIO=4&transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "EIO=4", 0, "Transport unknown")]
    [InlineData("GET", "EIO=4&transport=abc", 0, "Transport unknown")]
    [InlineData("GET", "EIO=4&transport=webtransport", 0, "Transport unknown")]
    [InlineData("POST", "EIO=4&transport=polling", 2, "Bad handshake method")]
    [InlineData("PUT", "EIO=4&transport=polling", 2, "Bad handshake method")]
    [InlineData("GET", "EIO=4&transport=polling&sid=unknown", 1, "Session ID unknown")]
    [InlineData("POST", "EIO=4&transport=polling&sid=unknown", 1, "Session ID unknown")]
    [InlineData("GET", "EIO=4&transport=polling&j=0", 3, "Bad request")]
    [InlineData("GET", "EIO=4&transport=websocket", 3, "Bad request")]
    public async Task An_invalid_request_is_refused_with_the_protocols_code(string method, string query, int code, string message)
    {
        using var client = echo.Poller(Path);
        Poller.AssertRefused(await client.Http.Send(new HttpMethod(method), $"{Path}?{query}", null), code, message);
    }

    [Fact]
    public async Task A_WebSocket_without_a_session_opens_one_that_offers_no_upgrade()
    {
        await using var socket = await RawSocket.OpenAsync(echo.Url, path: Path);

        var open = await socket.Text();

        Assert.StartsWith("0{", open);
        Assert.Equal("[]", JsonDocument.Parse(open[1..]).RootElement.GetProperty("upgrades").ToString());
    }

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    [InlineData("EIO=3&transport=websocket")]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    [InlineData("EIO=4&transport=polling")]
    [InlineData("EIO=4&transport=websocket&sid=unknown")]
    public async Task An_invalid_WebSocket_request_is_refused(string query)
        => Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<SocketRefused>(() => RawSocket.OpenAsync(echo.Url, query, Path))).Status);

    // --- messages ---

    [Theory]
    [InlineData("4hello")]
    [InlineData("4test1\u001e4test2\u001e4test3")]
    [InlineData("4hello\u001ebAQIDBA==")]
    [InlineData("4olá, 世界")]
    public async Task A_payload_is_accepted_and_echoed(string payload)
    {
        using var client = echo.Poller(Path);
        await client.Open();

        Assert.Equal("ok", (await client.Post(payload)).Expect(HttpStatusCode.OK).Text);

        var polled = (await client.Poll()).Expect(HttpStatusCode.OK);
        Assert.Equal(payload, polled.Text);
        Assert.Equal("text/plain; charset=UTF-8", polled.Header("Content-Type"));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("4a\u001e")]
    [InlineData("4a\u001e\u001e4b")]
    [InlineData("b!")]
    [InlineData("0{}")]
    [InlineData("2")]
    [InlineData("\u00fc")]
    public async Task An_invalid_payload_ends_the_session(string payload)
    {
        using var client = echo.Poller(Path);
        await client.Open();

        Poller.AssertRefused(await client.Post(payload), 3, "Bad request");

        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task Invalid_UTF8_ends_the_session()
    {
        using var client = echo.Poller(Path);
        await client.Open();

        Poller.AssertRefused(await client.Http.Send(HttpMethod.Post, $"{Path}?{client.Query}", new ByteArrayContent([(byte)'4', 0xff])), 3, "Bad request");

        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task A_second_poll_ends_the_session()
    {
        using var client = echo.Poller(Path);
        await client.Open();

        var answers = await Task.WhenAll(client.Poll(), client.Poll());

        Assert.Equal([(HttpStatusCode.OK, "1"), (HttpStatusCode.BadRequest, """{"code":3,"message":"Bad request"}""")], answers.Select(a => (a.Status, a.Text)).Order());
        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task A_second_post_ends_the_session()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        var slow = new SlowContent();
        var first = client.Http.Send(HttpMethod.Post, $"{Path}?{client.Query}", slow, ("Expect", "100-continue"));
        await slow.Begun;

        Poller.AssertRefused(await client.Post("3"), 3, "Bad request");

        slow.Finish();
        await first;
        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task A_payload_that_is_too_large_is_refused_and_ends_the_session()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        var polling = client.Poll();
        (await client.Post("4" + new string('x', 99_999))).Expect(HttpStatusCode.OK);
        Assert.Equal(100_000, (await polling).Text.Length);

        (await client.Post("4" + new string('x', 100_000))).Expect(HttpStatusCode.RequestEntityTooLarge);

        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task A_payload_without_a_length_that_is_too_large_is_refused_too()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        var endless = new SlowContent(new byte[200_000]);
        endless.Finish();

        (await client.Http.Send(HttpMethod.Post, $"{Path}?{client.Query}", endless)).Expect(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Text_and_bytes_are_echoed_over_a_WebSocket()
    {
        await using var socket = await RawSocket.OpenAsync(echo.Url, path: Path);
        await socket.Text();

        await socket.Send("4hello");
        Assert.Equal("4hello", await socket.Text());
        await socket.Send([1, 2, 3, 4]);
        Assert.Equal([1, 2, 3, 4], await socket.Binary());
        await socket.Send("4" + new string('x', 99_999));
        Assert.Equal(100_000, (await socket.Text()).Length);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("4a\u001e4b")]
    [InlineData("bAQIDBA==")]
    [InlineData("2")]
    public async Task An_invalid_packet_ends_the_WebSocket(string packet)
    {
        await using var socket = await RawSocket.OpenAsync(echo.Url, path: Path);
        await socket.Text();

        await socket.Send(packet);

        await socket.Closed();
    }

    [Fact]
    public async Task A_packet_that_is_too_large_ends_the_WebSocket()
    {
        await using var socket = await RawSocket.OpenAsync(echo.Url, path: Path);
        await socket.Text();

        await socket.Send("4" + new string('x', 100_000));

        await socket.Closed();
    }

    // --- close ---

    [Fact]
    public async Task A_polling_client_closes_its_session()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        var polling = client.Poll();

        Assert.Equal("ok", (await client.Post("1")).Expect(HttpStatusCode.OK).Text);

        Assert.Equal("6", (await polling).Expect(HttpStatusCode.OK).Text);
        Poller.AssertRefused(await client.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task And_over_a_WebSocket()
    {
        await using var socket = await RawSocket.OpenAsync(echo.Url, path: Path);
        await socket.Text();

        await socket.Send("1");

        await socket.Closed();
    }

    // --- upgrade ---

    [Fact]
    public async Task A_client_upgrades_from_polling_to_a_WebSocket()
    {
        using var client = echo.Poller(Path);
        await using var socket = await client.Probe();

        Assert.Equal("6", (await client.Poll()).Expect(HttpStatusCode.OK).Text);
        await socket.Send("5");
        await socket.Send("4hello");

        Assert.Equal("4hello", await socket.Text());
    }

    [Fact]
    public async Task A_waiting_poll_ends_when_the_probe_succeeds()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        var polling = client.Poll();
        await using var socket = await RawSocket.OpenAsync(echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}", Path);

        await socket.Send("2probe");

        Assert.Equal("3probe", await socket.Text());
        Assert.Equal("6", (await polling).Expect(HttpStatusCode.OK).Text);
    }

    [Fact]
    public async Task Packets_written_during_the_upgrade_arrive_once_and_in_order_over_either_transport()
    {
        using var client = echo.Poller(Path);
        await client.Open();
        await client.Post("4a\u001e4b");
        await using var socket = await RawSocket.OpenAsync(echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}", Path);
        await socket.Send("2probe");
        await socket.Text();
        Assert.Equal("4a\u001e4b", (await client.Poll()).Text);
        await client.Post("4c\u001e4d\u001ebAQIDBA==");

        await socket.Send("5");
        await socket.Send("4e");

        Assert.Equal("4c", await socket.Text());
        Assert.Equal("4d", await socket.Text());
        Assert.Equal([1, 2, 3, 4], await socket.Binary());
        Assert.Equal("4e", await socket.Text());
    }

    [Fact]
    public async Task Polls_after_the_upgrade_are_refused_and_harm_nothing()
    {
        using var client = echo.Poller(Path);
        await using var socket = await client.Probe();
        await socket.Send("5");
        await socket.Send("4changed");
        await socket.Text();

        Poller.AssertRefused(await client.Poll(), 3, "Bad request");
        Poller.AssertRefused(await client.Post("4hello"), 3, "Bad request");

        await socket.Send("4hello");
        Assert.Equal("4hello", await socket.Text());
    }

    [Fact]
    public async Task A_second_WebSocket_is_closed_and_harms_nothing()
    {
        using var client = echo.Poller(Path);
        await using var socket = await client.Probe();
        await using var meanwhile = await RawSocket.OpenAsync(echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}", Path);
        await meanwhile.Closed();
        await socket.Send("5");

        await using var second = await RawSocket.OpenAsync(echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}", Path);
        await second.Closed();

        await socket.Send("4hello");
        Assert.Equal("4hello", await socket.Text());
    }

    [Theory]
    [InlineData("4hello", null)]
    [InlineData("2prob", null)]
    [InlineData("2probe", "4hello")]
    [InlineData("2probe", "2probe")]
    public async Task A_WebSocket_that_does_not_request_the_upgrade_is_closed_and_polling_goes_on(string first, string? second)
    {
        using var client = echo.Poller(Path);
        await client.Open();
        await using var socket = await RawSocket.OpenAsync(echo.Url, $"EIO=4&transport=websocket&sid={client.Sid}", Path);
        await socket.Send(first);
        if (second is not null) await socket.Send(second);
        await socket.Closed();

        await client.Post("4hello");

        Assert.Equal("4hello", (await client.Poll()).Text);
    }

    // Packets posted during the upgrade would be overtaken by those sent on the WebSocket.
    [Fact]
    public async Task Upgrading_before_the_last_post_is_answered_ends_the_session()
    {
        using var client = echo.Poller(Path);
        await using var socket = await client.Probe();
        var slow = new SlowContent();
        var posting = client.Http.Send(HttpMethod.Post, $"{Path}?{client.Query}", slow, ("Expect", "100-continue"));
        await slow.Begun;

        await socket.Send("5");

        await socket.Closed();
        slow.Finish();
        await posting;
    }

    /// <summary>A body without a length that ends when the test says so. With "Expect" it begins when the server reads it.</summary>
    private sealed class SlowContent(byte[]? data = null) : HttpContent
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Finish() => _finish.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(data ?? "4a"u8.ToArray());
            await stream.FlushAsync();
            _begun.SetResult();
            await _finish.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
