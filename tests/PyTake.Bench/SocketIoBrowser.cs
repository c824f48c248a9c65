using System.Net.WebSockets;
using System.Text;

namespace PyTake.Bench;

/// <summary>One agent's browser that has one conversation open, over Socket.IO on a WebSocket, for loads in which nothing happens.</summary>
internal sealed class SocketIoBrowser(Guid conversation) : IBrowser
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsConnected => _socket.State == WebSocketState.Open;

    /// <inheritdoc/>
    public async Task JoinAsync(Uri baseUrl, string token, HttpMessageInvoker http, CancellationToken stop)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.SetRequestHeader("Origin", baseUrl.GetLeftPart(UriPartial.Authority));
        var url = new UriBuilder(new Uri(baseUrl, "/socket.io/")) { Scheme = baseUrl.Scheme == "https" ? "wss" : "ws", Query = "EIO=4&transport=websocket" };
        await _socket.ConnectAsync(url.Uri, http, stop);
        _ = Task.Run(() => ListenAsync(token, stop), CancellationToken.None);
        await _joined.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
    }

    public void Dispose() => _socket.Dispose();

    private async Task ListenAsync(string token, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var packet = await ReceiveAsync(stop);
                if (AnswerTo(packet, token) is { } answer) await _socket.SendAsync(Encoding.UTF8.GetBytes(answer), WebSocketMessageType.Text, true, stop);
                // The acknowledgement of the join, with an error or without.
                else if (packet.StartsWith("431[{\"error", StringComparison.Ordinal)) throw new IOException($"the hub answered {packet}");
                else if (packet.StartsWith("431", StringComparison.Ordinal)) _joined.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            _joined.TrySetException(exception);
            _socket.Abort();
        }
    }

    private string? AnswerTo(string packet, string token) => packet switch
    {
        "2" => "3",
        ['0', ..] => $$"""40{"token":"{{token}}"}""",
        ['4', '0', ..] => $$"""421["join_conversation",{"conversation_id":"{{conversation:D}}"}]""",
        ['4', '4', ..] or ['4', '1', ..] => throw new IOException($"the hub answered {packet}"),
        _ => null,
    };

    // Only the beginning of a long packet matters (such as the list of agents who are online); the rest is discarded.
    private async Task<string> ReceiveAsync(CancellationToken stop)
    {
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(0, _buffer.Length / 2), stop);
        var length = received.Count;
        while (!received.EndOfMessage) received = await _socket.ReceiveAsync(_buffer.AsMemory(_buffer.Length / 2), stop);
        if (received.MessageType == WebSocketMessageType.Close) throw new IOException("the hub closed the connection");
        return Encoding.UTF8.GetString(_buffer.AsSpan(0, length));
    }
}
