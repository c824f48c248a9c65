using System.Net;
using System.Net.WebSockets;

namespace PyTake.Harness;

/// <summary>
/// A WebSocket to the hub, without negotiation, that carries SignalR's records (<see cref="HubRecords"/>) without parsing them, so that
/// thousands of connections are cheap. Only one task may read; any may send.
/// </summary>
public sealed class RecordSocket : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private byte[] _buffer = new byte[4096];
    private int _start, _end;

    private RecordSocket()
    {
    }

    public bool IsOpen => _socket.State == WebSocketState.Open;

    /// <summary>The Origin header of a browser whose page was loaded from the server itself.</summary>
    public static string OriginOf(Uri server) => server.GetLeftPart(UriPartial.Authority);

    /// <summary>Connects and sends the handshake; the hub's answer to it is the first record.</summary>
    /// <param name="origin">The Origin header; none if null.</param>
    /// <exception cref="SocketRefused">The server answered with something other than a WebSocket.</exception>
    /// <exception cref="WebSocketException">The connection failed.</exception>
    public static async Task<RecordSocket> ConnectAsync(Uri server, string token, HttpMessageInvoker http, string? origin, CancellationToken cancellationToken)
    {
        var socket = new RecordSocket();
        var options = socket._socket.Options;
        options.KeepAliveInterval = TimeSpan.Zero;
        options.CollectHttpResponseDetails = true;
        if (origin is not null) options.SetRequestHeader("Origin", origin);
        try
        {
            await socket._socket.ConnectAsync(AddressOf(server, token), http, cancellationToken);
            await socket.SendAsync(HubRecords.Handshake, cancellationToken);
            return socket;
        }
        catch (WebSocketException exception) when (socket._socket.HttpStatusCode is not (0 or HttpStatusCode.SwitchingProtocols))
        {
            socket.Dispose();
            throw new SocketRefused(socket._socket.HttpStatusCode, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <param name="record">With its terminator.</param>
    /// <exception cref="WebSocketException">The connection is closed.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(record, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or InvalidOperationException)
        {
            throw new WebSocketException("The connection is closed", exception);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Waits for more data; what <see cref="TryTake"/> has not taken is kept.</summary>
    /// <returns>False if the server has closed the connection.</returns>
    /// <exception cref="WebSocketException">The connection was lost.</exception>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += received.Count;
        return received.MessageType != WebSocketMessageType.Close;
    }

    /// <summary>Takes the next complete record; the span is valid until the next <see cref="ReceiveAsync"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> record)
    {
        if (!HubRecords.TryTake(_buffer.AsSpan(_start, _end - _start), out record)) return false;
        _start += record.Length + 1;
        return true;
    }

    /// <summary>Drops the connection without a close frame, as a network failure does.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Sends a close frame, if the connection is still open.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (IsOpen) await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
    }

    public void Dispose() => _socket.Dispose();

    private void MakeRoom()
    {
        if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
    }

    private static Uri AddressOf(Uri server, string token) => new UriBuilder(new Uri(server, "/hubs/chat"))
    {
        Scheme = server.Scheme == "https" ? "wss" : "ws",
        Query = "access_token=" + Uri.EscapeDataString(token),
    }.Uri;
}

/// <summary>The server answered with something other than a WebSocket.</summary>
public sealed class SocketRefused(HttpStatusCode status, Exception inner) : IOException($"Refused with {(int)status}", inner)
{
    public HttpStatusCode Status => status;
}
