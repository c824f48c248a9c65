using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;

namespace PyTake.Bench;

/// <summary>One agent's browser that has one conversation open, over SignalR on a WebSocket without negotiation.</summary>
internal sealed class Browser(Reader reader, MessageText text, Guid conversation) : IDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10);    // the hub gives up after 30
    private readonly ClientWebSocket _socket = new();
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _buffer = new byte[4096];
    private int _length;

    public Reader Reader => reader;

    /// <summary>Events besides message:new, such as conversation:updated.</summary>
    public long OtherEvents { get; private set; }

    public bool IsConnected => _socket.State == WebSocketState.Open;

    /// <summary>Connects and joins the conversation; then listens until the token says stop.</summary>
    /// <exception cref="IOException">The hub refused.</exception>
    /// <exception cref="WebSocketException">There was no connection.</exception>
    public async Task JoinAsync(Uri baseUrl, string token, HttpMessageInvoker http, CancellationToken stop)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.SetRequestHeader("Origin", baseUrl.GetLeftPart(UriPartial.Authority));
        await _socket.ConnectAsync(HubUri(baseUrl, token), http, stop);
        _ = Task.Run(() => ListenAsync(stop), CancellationToken.None);
        await SendAsync(HubRecords.Handshake, stop);
        await _joined.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
        _ = PingAsync(stop);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Where the hub is, for whoever has this token.</summary>
    public static Uri HubUri(Uri baseUrl, string token) =>
        new UriBuilder(new Uri(baseUrl, "/hubs/chat"))
        {
            Scheme = baseUrl.Scheme == "https" ? "wss" : "ws",
            Query = "access_token=" + Uri.EscapeDataString(token),
        }.Uri;

    private async Task ListenAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                if (_length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
                var received = await _socket.ReceiveAsync(_buffer.AsMemory(_length), stop);
                var now = Stopwatch.GetTimestamp();
                if (received.MessageType == WebSocketMessageType.Close) throw new IOException("the hub closed the connection");
                _length += received.Count;
                if (TakeRecords(now)) await SendAsync(HubRecords.Join(conversation), stop);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException)
        {
            _joined.TrySetException(exception);
            _socket.Abort();
        }
    }

    // Returns whether the handshake is done and it is time to join.
    private bool TakeRecords(long now)
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(0, _length);
        var ready = false;
        while (HubRecords.TryTake(ref rest, out var record))
            switch (HubRecords.KindOf(record))
            {
                case HubRecord.MessageNew: See(record, now); break;
                case HubRecord.HandshakeDone: ready = true; break;
                case HubRecord.Joined: _joined.TrySetResult(); break;
                case HubRecord.Refused: throw new IOException($"the hub answered {Encoding.UTF8.GetString(record)}");
                case HubRecord.OtherEvent: OtherEvents++; break;
            }
        var left = rest.Length;
        _buffer.AsSpan(_length - left, left).CopyTo(_buffer);
        _length = left;
        return ready;
    }

    private void See(ReadOnlySpan<byte> record, long now)
    {
        if (text.TryRead(record, out var id, out var seq)) reader.See(id, seq, now);
        else OtherEvents++;
    }

    private async Task PingAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(PingInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop) && IsConnected) await SendAsync(HubRecords.Ping, stop);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The listener sees the same and reports it.
        }
    }

    private ValueTask SendAsync(byte[] record, CancellationToken stop) =>
        _socket.SendAsync(record.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, stop);
}
