using System.Buffers.Text;
using System.Net.WebSockets;
using System.Text;

namespace PyTake.Bench;

/// <summary>A browser that reconnects by the client's rules (src/pytake-client): full jitter; an attempt times out after 5 s, later ones after more.</summary>
internal sealed class StormBrowser(Uri baseUrl, string token, Guid conversation, HttpMessageInvoker http) : IDisposable
{
    private RecordSocket? _socket;
    private bool _isJoined;

    /// <summary>The seq up to which it has received everything.</summary>
    public long Seq { get; private set; }

    /// <summary>Events that arrived twice or after a gap.</summary>
    public int Wrong { get; private set; }

    /// <summary>Attempts that were refused or failed.</summary>
    public int Failures { get; private set; }

    /// <summary>Why the last of them failed.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>How long the client waits after a number of consecutive failures.</summary>
    public static TimeSpan BackOff(int failures) => TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(10_000, 300 * Math.Pow(2, failures)));

    /// <summary>Connects and joins, retrying until it succeeds.</summary>
    public async Task EnterAsync(CancellationToken stop)
    {
        for (var failures = 0; ; failures++)
        {
            await Task.Delay(BackOff(failures), stop);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(TimeSpan.FromSeconds(Math.Min(30, 5 * Math.Pow(2, Math.Max(0, failures - 1)))));
            try
            {
                await TryEnterAsync(patience.Token);
                return;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested && exception is WebSocketException or IOException or OperationCanceledException)
            {
                Failures++;
                LastFailure = exception.Message;
                Drop();
            }
        }
    }

    /// <summary>Receives until it has reached this seq.</summary>
    public async Task HearAsync(long seq, CancellationToken stop)
    {
        while (Seq < seq) await ReceiveAsync(stop);
    }

    /// <summary>Sends a keep-alive to the hub, for a browser that sends nothing else.</summary>
    public Task PingAsync(CancellationToken stop)
        => _socket is { IsOpen: true } && _isJoined ? _socket.SendAsync(HubRecords.Ping, stop) : Task.CompletedTask;

    /// <summary>Drops the connection without a close frame.</summary>
    public void Drop()
    {
        _socket?.Abort();
        _socket?.Dispose();
        (_socket, _isJoined) = (null, false);
    }

    public void Dispose() => Drop();

    private async Task TryEnterAsync(CancellationToken stop)
    {
        _socket = await RecordSocket.ConnectAsync(baseUrl, token, http, RecordSocket.OriginOf(baseUrl), stop);
        while (!_isJoined) await ReceiveAsync(stop);
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        if (!await _socket!.ReceiveAsync(stop)) throw new IOException("the hub closed the connection");
        if (TakeRecords()) await _socket.SendAsync(HubRecords.Join(conversation, Seq), stop);
    }

    // Returns whether the hub has accepted the connection, so that it is time to join.
    private bool TakeRecords()
    {
        var isLetIn = false;
        while (_socket!.TryTake(out var record))
            switch (HubRecords.KindOf(record))
            {
                case HubRecord.MessageNew: See(record); break;
                case HubRecord.Joined: _isJoined = true; break;
                case HubRecord.Refused: throw new IOException($"the hub answered {Encoding.UTF8.GetString(record)}");
                case HubRecord.OtherEvent: isLetIn |= record.IndexOf("\"target\":\"connected\""u8) >= 0; break;
            }
        return isLetIn;
    }

    private void See(ReadOnlySpan<byte> record)
    {
        var at = record.IndexOf("\"seq\":"u8);
        if (at < 0 || !Utf8Parser.TryParse(record[(at + 6)..], out long seq, out _)) return;
        if (seq != Seq + 1) Wrong++;
        Seq = Math.Max(Seq, seq);
    }
}
