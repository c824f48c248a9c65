using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using PyTake.SocketIo.Echo;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.SocketIo;

/// <summary>The Socket.IO endpoint with a hub that echoes.</summary>
public class EchoFixture : IAsyncLifetime
{
    private readonly WebApplication _app;

    public EchoFixture() : this([])
    {
    }

    private protected EchoFixture(string[] settings) => _app = EchoServer.Build(
    [
        "--urls=http://127.0.0.1:0", "--SocketIo:MaxPayload=100000", "--Logging:LogLevel:Default=Warning",
        "--Logging:LogLevel:Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher=Critical", .. settings,
    ]);

    public Uri Url { get; private set; } = null!;

    internal int Sessions => EchoServer.SessionsOf(_app);

    internal EchoCount Count => EchoServer.CountOf(_app);

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        Url = new Uri(_app.Urls.First());
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>A polling client, on Socket.IO's path unless another is given.</summary>
    internal Poller Poller(string path = "/socket.io/") => new(Url, path);
}

/// <summary>The same with short timeouts, for tests that wait for them.</summary>
public sealed class HurriedEcho() : EchoFixture(
[
    "--SocketIo:PingInterval=00:00:00.500", "--SocketIo:PingTimeout=00:00:00.500", "--SocketIo:ConnectTimeout=00:00:02", "--SocketIo:UpgradeTimeout=00:00:00.300",
]);

/// <summary>The single requests of a polling client.</summary>
internal sealed class Poller(Uri server, string path) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = RawSocket.Deadline };

    public string Sid { get; private set; } = "";

    public string Query => $"EIO=4&transport=polling&sid={Sid}";

    public HttpClient Http => _http;

    /// <summary>Opens a session.</summary>
    /// <returns>The server's handshake.</returns>
    public async Task<JsonElement> Open()
    {
        var answer = (await Get("EIO=4&transport=polling")).Expect(HttpStatusCode.OK);
        Assert.StartsWith("0{", answer.Text);
        var open = JsonDocument.Parse(answer.Text[1..]).RootElement;
        Sid = open.GetProperty("sid").GetString()!;
        return open;
    }

    /// <summary>Waits for packets.</summary>
    public Task<Answer> Poll() => Get(Query);

    /// <summary>The packets of one poll; fails if the session has ended.</summary>
    public async Task<string[]> Packets() => (await Poll()).Expect(HttpStatusCode.OK).Text.Split('\u001e');

    /// <summary>Polls until a packet matches.</summary>
    /// <returns>All packets except pings.</returns>
    public async Task<List<string>> PollUntil(Func<string, bool> found)
    {
        var packets = new List<string>();
        do packets.AddRange(await Packets());
        while (!packets.Any(found));
        return [.. packets.Where(p => p != "2")];
    }

    public Task<Answer> Get(string query) => _http.Get($"{path}?{query}");

    public Task<Answer> Post(string payload, string? query = null)
        => _http.Send(HttpMethod.Post, $"{path}?{query ?? Query}", new StringContent(payload, Encoding.UTF8, "text/plain"));

    /// <summary>Opens a session and probes a WebSocket successfully.</summary>
    public async Task<RawSocket> Probe()
    {
        await Open();
        var socket = await RawSocket.OpenAsync(server, $"EIO=4&transport=websocket&sid={Sid}", path);
        await socket.Send("2probe");
        Assert.Equal("3probe", await socket.Text());
        return socket;
    }

    /// <summary>Asserts that the response is a refusal with this code.</summary>
    public static void AssertRefused(Answer answer, int code, string message)
    {
        answer.Expect(HttpStatusCode.BadRequest);
        Assert.Equal((code, message), (answer.Body.GetProperty("code").GetInt32(), answer.Body.GetProperty("message").GetString()));
    }

    public void Dispose() => _http.Dispose();
}
