using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;

namespace PyTake.Bench;

/// <summary>A simulated browser, over SignalR or Socket.IO.</summary>
internal interface IBrowser : IDisposable
{
    bool IsConnected { get; }

    /// <summary>Connects and joins the conversation, then listens in the background until <paramref name="stop"/> is cancelled.</summary>
    /// <exception cref="IOException">The hub refused.</exception>
    /// <exception cref="WebSocketException">The connection failed.</exception>
    Task JoinAsync(Uri baseUrl, string token, HttpMessageInvoker http, CancellationToken stop);
}

/// <summary>One agent's browser that has one conversation open, over SignalR on a WebSocket without negotiation.</summary>
/// <param name="view">What it shows of the list; null for nothing.</param>
internal sealed class Browser(Reader reader, MessageText text, Guid conversation, string? view = null) : IBrowser
{
    private const int Rows = 50;
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10);    // the hub gives up after 30
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RecordSocket? _socket;
    private int _unanswered = view is null ? 1 : 2;

    public Reader Reader => reader;

    /// <summary>Events besides message:new, such as conversation:updated.</summary>
    public long OtherEvents { get; private set; }

    public bool IsConnected => _socket is { IsOpen: true };

    /// <inheritdoc/>
    public async Task JoinAsync(Uri baseUrl, string token, HttpMessageInvoker http, CancellationToken stop)
    {
        _socket = await RecordSocket.ConnectAsync(baseUrl, token, http, RecordSocket.OriginOf(baseUrl), stop);
        _ = Task.Run(() => ListenAsync(_socket, stop), CancellationToken.None);
        await _joined.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
        _ = PingAsync(_socket, stop);
    }

    public void Dispose() => _socket?.Dispose();

    private async Task ListenAsync(RecordSocket socket, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                if (!await socket.ReceiveAsync(stop)) throw new IOException("the hub closed the connection");
                if (!TakeRecords(socket, Stopwatch.GetTimestamp())) continue;
                await socket.SendAsync(HubRecords.Join(conversation), stop);
                if (view is not null) await socket.SendAsync(HubRecords.Watch(view, Rows), stop);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException)
        {
            _joined.TrySetException(exception);
            socket.Abort();
        }
    }

    // Returns whether the handshake is done and it is time to join.
    private bool TakeRecords(RecordSocket socket, long now)
    {
        var ready = false;
        while (socket.TryTake(out var record))
            switch (HubRecords.KindOf(record))
            {
                case HubRecord.MessageNew: See(record, now); break;
                case HubRecord.HandshakeDone: ready = true; break;
                case HubRecord.Joined when --_unanswered == 0: _joined.TrySetResult(); break;
                case HubRecord.Refused: throw new IOException($"the hub answered {Encoding.UTF8.GetString(record)}");
                case HubRecord.OtherEvent: OtherEvents++; break;
            }
        return ready;
    }

    private void See(ReadOnlySpan<byte> record, long now)
    {
        if (text.TryRead(record, out var id, out var seq)) reader.See(id, seq, now);
        else OtherEvents++;
    }

    private async Task PingAsync(RecordSocket socket, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(PingInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop) && socket.IsOpen) await socket.SendAsync(HubRecords.Ping, stop);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The listener sees the same failure and reports it.
        }
    }
}
