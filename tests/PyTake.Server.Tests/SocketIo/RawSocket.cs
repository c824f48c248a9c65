using System.Net.WebSockets;
using System.Text;

namespace PyTake.SocketIo;

/// <summary>A WebSocket without a protocol: sends and receives single frames as a client would.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[256 * 1024];

    /// <param name="query">What follows the question mark.</param>
    /// <exception cref="SocketRefused">It was not opened.</exception>
    public static async Task<RawSocket> OpenAsync(Uri server, string query = "EIO=4&transport=websocket", string path = "/socket.io/", string? origin = null)
    {
        var raw = new RawSocket();
        raw._socket.Options.CollectHttpResponseDetails = true;
        raw._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        if (origin is not null) raw._socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await raw._socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = path, Query = query }.Uri, CancellationToken.None).WaitAsync(Deadline);
        }
        catch (WebSocketException exception) when (raw._socket.HttpStatusCode != 0)
        {
            throw new SocketRefused(raw._socket.HttpStatusCode, exception);
        }
        return raw;
    }

    public Task Send(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    public Task Send(byte[] data) => _socket.SendAsync(data, WebSocketMessageType.Binary, true, CancellationToken.None);

    /// <summary>The next text frame; pings are skipped unless asked for.</summary>
    public async Task<string> Text(bool pings = false)
    {
        while (true)
        {
            var (type, data) = await Receive() ?? throw new IOException("The connection was closed");
            Assert.Equal(WebSocketMessageType.Text, type);
            if (Encoding.UTF8.GetString(data) is var text && (pings || text != "2")) return text;
        }
    }

    public async Task<byte[]> Binary()
    {
        var (type, data) = await Receive() ?? throw new IOException("The connection was closed");
        Assert.Equal(WebSocketMessageType.Binary, type);
        return data;
    }

    /// <summary>Waits until it is closed, ignoring anything received before.</summary>
    public async Task Closed()
    {
        while (await Receive() is not null)
        {
        }
    }

    /// <summary>Drops the connection without a close frame.</summary>
    public void Drop() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(WebSocketMessageType, byte[])?> Receive()
    {
        var length = 0;
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(Deadline);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    return null;
                }
                length += received.Count;
                if (received.EndOfMessage) return (received.MessageType, _buffer[..length]);
            }
        }
        catch (WebSocketException)
        {
            return null;
        }
    }
}
