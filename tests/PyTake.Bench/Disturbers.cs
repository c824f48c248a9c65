using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;

namespace PyTake.Bench;

/// <summary>
/// Badly behaved browsers that must not slow down the others. Deaf ones join busy conversations and then read nothing (if there are several,
/// every other one is a Socket.IO client that never polls); talkers type, join and leave without pause. When the server drops one, it
/// reconnects.
/// </summary>
internal sealed class Disturbers(DisturbersTask task) : IDisposable
{
    // Many deaf browsers joined to all conversations would simply be an overload.
    private const int ConversationsOfMany = 2;
    // Per four calls: ten times the rate that the hub allows. Without a pause, the generator itself would be too busy to measure.
    private static readonly TimeSpan CallsPause = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500), PingInterval = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stop = new();

    // A small receive window, so that the network buffers little of what is not read. Without cookies, connections spread over the nodes.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>Runs in <see cref="DisturbersProcess"/>: the first line of input is the task, and each later one begins or ends a turn.</summary>
    public static async Task RunAsync(TextReader input)
    {
        var task = JsonSerializer.Deserialize<DisturbersTask>((await input.ReadLineAsync())!)!;
        Disturbers? turn = null;
        while (await input.ReadLineAsync() is { } line)
        {
            turn?.Dispose();
            turn = line == DisturbersProcess.BeginLine ? new Disturbers(task) : null;
            turn?.Begin();
        }
        turn?.Dispose();
    }

    private void Begin()
    {
        for (var n = 0; n < task.Deaf; n++)
        {
            var joins = task.Deaf == 1
                ? task.Conversations
                : [.. Enumerable.Range(n, ConversationsOfMany).Select(c => task.Conversations[c % task.Conversations.Length])];
            _ = n % 2 == 0
                ? AgainAndAgainAsync(() => WithHubAsync(socket => ReadNothingAsync(socket, joins)))
                : AgainAndAgainAsync(() => PollNothingAsync(joins));
        }
        for (var n = 0; n < task.Talkers; n++) _ = AgainAndAgainAsync(() => WithHubAsync(TalkAsync));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task AgainAndAgainAsync(Func<Task> disturb)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await disturb();
            }
            catch (Exception exception) when (exception is WebSocketException or IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
            {
                // The server dropped the connection, which is expected.
            }
            await Task.Delay(Again, CancellationToken.None);
        }
    }

    private async Task WithHubAsync(Func<RecordSocket, Task> disturb)
    {
        using var socket = await RecordSocket.ConnectAsync(task.BaseUrl, task.Token, _http, RecordSocket.OriginOf(task.BaseUrl), _stop.Token);
        await disturb(socket);
    }

    private async Task ReadNothingAsync(RecordSocket socket, Guid[] joins)
    {
        foreach (var conversation in joins)
            await socket.SendAsync(HubRecords.Join(conversation), _stop.Token);
        while (true)
        {
            await Task.Delay(PingInterval, _stop.Token);
            await socket.SendAsync(HubRecords.Ping, _stop.Token);
        }
    }

    // Answers heartbeats ("3" is a pong) but never polls for events.
    private async Task PollNothingAsync(Guid[] joins)
    {
        var address = new Uri(task.BaseUrl, "/socket.io/?EIO=4&transport=polling");
        var opened = await AskAsync(HttpMethod.Get, address, null);
        using var open = JsonDocument.Parse(opened[1..]);
        var session = new Uri($"{address}&sid={open.RootElement.GetProperty("sid").GetString()}");
        await AskAsync(HttpMethod.Post, session, $$"""40{"token":"{{task.Token}}"}""");
        foreach (var conversation in joins)
            await AskAsync(HttpMethod.Post, session, $$"""42["join_conversation",{"conversation_id":"{{conversation:D}}"}]""");
        while (true)
        {
            await Task.Delay(PingInterval, _stop.Token);
            await AskAsync(HttpMethod.Post, session, "3");
        }
    }

    private async Task<string> AskAsync(HttpMethod method, Uri address, string? packet)
    {
        using var request = new HttpRequestMessage(method, address) { Content = packet is null ? null : new StringContent(packet) };
        using var answer = await _http.SendAsync(request, _stop.Token);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(_stop.Token);
    }

    private async Task TalkAsync(RecordSocket socket)
    {
        var stop = _stop.Token;
        var listening = ListenAsync(socket, stop);
        using var pace = new PeriodicTimer(CallsPause);
        for (var n = 0; !listening.IsCompleted; n++)
        {
            await pace.WaitForNextTickAsync(stop);
            var argument = $$"""{"conversation_id":"{{task.Conversations[n % task.Conversations.Length]:D}}"}""";
            foreach (var method in (string[])["join_conversation", "typing_start", "typing_stop", "leave_conversation"])
                await socket.SendAsync(HubRecords.Call(method, argument), stop);
        }
        await listening;
    }

    private static async Task ListenAsync(RecordSocket socket, CancellationToken stop)
    {
        while (await socket.ReceiveAsync(stop))
            while (socket.TryTake(out _)) { }
    }
}
