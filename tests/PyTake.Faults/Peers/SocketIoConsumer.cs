using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace PyTake.Faults.Peers;

/// <summary>
/// A plain Socket.IO client: it reconnects as socket.io-client does (1 to 5 s, with jitter), joins its rooms again, and counts the messages it
/// receives. It has no way to ask for those that it missed. Engine.IO 4 and Socket.IO 5 over a WebSocket:
/// https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/.
/// </summary>
internal sealed class SocketIoConsumer : IAsyncDisposable
{
    private readonly Peer _peer;
    private readonly IReadOnlyList<Guid> _rooms;
    private readonly Network _network = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _seen = [];
    private readonly Task _running;

    public SocketIoConsumer(Peer peer, IReadOnlyList<Guid> rooms)
    {
        (_peer, _rooms) = (peer, rooms);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Whether it is in all its rooms.</summary>
    public bool IsLive { get; private set; }

    public IReadOnlyList<Guid> Rooms => _rooms;

    /// <summary>How often each message arrived, by its wamid.</summary>
    public IReadOnlyDictionary<string, int> Seen => _seen;

    public Task CutAsync(TimeSpan duration) => _network.CutAsync(duration, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _network.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            for (var failures = 0; ; failures++)
            {
                await _network.BackAsync(_stop.Token);
                if (await LiveAsync()) failures = 0;
                await Task.Delay(Delay(failures), _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It was disposed.
        }
    }

    // socket.io-client's defaults: reconnectionDelay 1000, reconnectionDelayMax 5000, randomizationFactor 0.5.
    private static TimeSpan Delay(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(5000, 1000 * Math.Pow(2, failures)) * (0.5 + Random.Shared.NextDouble()));

    /// <returns>Whether it was ever in all its rooms.</returns>
    private async Task<bool> LiveAsync()
    {
        using var socket = new ClientWebSocket();
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _network.Up);
        var wasLive = false;
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(_peer.BaseUrl, "/socket.io/")) { Scheme = "ws", Query = "EIO=4&transport=websocket" }.Uri, connection.Token);
            var joined = 0;
            while (await ReceiveAsync(socket, connection.Token) is { } packet)
            {
                if (packet.StartsWith("0{", StringComparison.Ordinal)) await SendAsync(socket, $$"""40{"token":"{{_peer.Token}}"}""", connection.Token);
                else if (packet.StartsWith("40", StringComparison.Ordinal)) await JoinAsync(socket, connection.Token);
                else if (packet == "2") await SendAsync(socket, "3", connection.Token);
                else if (packet.StartsWith("42", StringComparison.Ordinal) && Hear(packet)) wasLive = IsLive = ++joined >= _rooms.Count;
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            socket.Abort();
        }
        IsLive = false;
        return wasLive;
    }

    private async Task JoinAsync(ClientWebSocket socket, CancellationToken connection)
    {
        foreach (var room in _rooms) await SendAsync(socket, $$"""42["join_conversation",{"conversation_id":"{{room}}"}]""", connection);
    }

    /// <returns>Whether it has joined one more room.</returns>
    private bool Hear(string packet)
    {
        var items = JsonDocument.Parse(packet.AsMemory(2)).RootElement;
        switch (items[0].GetString())
        {
            case "joined_conversation": return true;
            case "message:new": _seen.AddOrUpdate(items[1].GetProperty("whatsapp_message_id").GetString()!, 1, (_, times) => times + 1); break;
        }
        return false;
    }

    private static Task SendAsync(ClientWebSocket socket, string packet, CancellationToken connection) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, endOfMessage: true, connection);

    private static async Task<string?> ReceiveAsync(ClientWebSocket socket, CancellationToken connection)
    {
        using var packet = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, connection);
            if (received.MessageType == WebSocketMessageType.Close) return null;
            packet.Write(buffer, 0, received.Count);
            if (received.EndOfMessage) return Encoding.UTF8.GetString(packet.GetBuffer(), 0, (int)packet.Length);
        }
    }
}
