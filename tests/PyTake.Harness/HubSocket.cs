using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;

namespace PyTake.Harness;

/// <summary>
/// One connection to the hub over a WebSocket without negotiation, which the server has let in. It ends once; whoever wants another
/// makes another.
/// </summary>
public sealed class HubSocket : IAsyncDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10), ServerTimeout = TimeSpan.FromSeconds(7);

    private readonly ClientWebSocket _socket = new();
    private readonly Action<string, JsonElement> _heard;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _letIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _silence = new();
    private byte[] _buffer = new byte[8192];
    private int _length, _lastCall;

    private HubSocket(Action<string, JsonElement> heard) => _heard = heard;

    /// <summary>Connects, and waits until the server has put the connection into its rooms (its <c>connected</c> event).</summary>
    /// <param name="heard">Is told each event's name and payload, one after the other, on the connection's own thread of work.</param>
    /// <exception cref="IOException">The hub refused, or hung up.</exception>
    /// <exception cref="WebSocketException">There was no connection.</exception>
    public static async Task<HubSocket> ConnectAsync(
        Uri baseUrl, string token, HttpMessageInvoker http, Action<string, JsonElement> heard, CancellationToken cancellationToken)
    {
        var hub = new HubSocket(heard);
        try
        {
            hub._socket.Options.KeepAliveInterval = TimeSpan.Zero;
            hub._socket.Options.SetRequestHeader("Origin", baseUrl.GetLeftPart(UriPartial.Authority));
            await hub._socket.ConnectAsync(Address(baseUrl, token), http, cancellationToken);
            _ = Task.Run(hub.ListenAsync, CancellationToken.None);
            await hub.SendAsync(HubRecords.Handshake);
            await hub._letIn.Task.WaitAsync(cancellationToken);
            _ = hub.PingAsync();
            return hub;
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends when the connection has, with the reason.</summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>Whether it ended because nothing was heard for too long.</summary>
    public bool WasSilent { get; private set; }

    /// <summary>Calls a hub method with one argument.</summary>
    /// <exception cref="HubRefusedException">The server said no, in its words.</exception>
    /// <exception cref="IOException">The connection was lost meanwhile.</exception>
    public async Task<JsonElement> InvokeAsync(string method, object payload, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString();
        var result = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (_lost.Task.IsCompleted) throw new IOException(await _lost.Task);
            var record = JsonSerializer.SerializeToUtf8Bytes(new { Type = 1, InvocationId = id, Target = method, Arguments = new[] { payload } }, JsonCamel);
            await SendAsync([.. record, HubRecords.End]);
            return await result.Task.WaitAsync(cancellationToken);
        }
        catch (WebSocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>Drops the connection without a word, as a network does.</summary>
    public void Abort()
    {
        _socket.Abort();
        End("aborted");
    }

    public ValueTask DisposeAsync()
    {
        Abort();
        _socket.Dispose();
        _silence.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Uri Address(Uri baseUrl, string token) => new UriBuilder(new Uri(baseUrl, "/hubs/chat"))
    {
        Scheme = baseUrl.Scheme == "https" ? "wss" : "ws",
        Query = "access_token=" + Uri.EscapeDataString(token),
    }.Uri;

    // SignalR's own names are in camel case, the payload's in snake case already.
    private static readonly JsonSerializerOptions JsonCamel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                if (_length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
                _silence.CancelAfter(ServerTimeout);
                var received = await _socket.ReceiveAsync(_buffer.AsMemory(_length), _silence.Token);
                if (received.MessageType == WebSocketMessageType.Close) throw new IOException("the hub closed the connection");
                _length += received.Count;
                TakeRecords();
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            WasSilent = exception is OperationCanceledException;
            End(exception is OperationCanceledException ? "nothing was heard for 7 s" : exception.Message);
            _socket.Abort();
        }
    }

    private void TakeRecords()
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(0, _length);
        while (HubRecords.TryTake(ref rest, out var record)) Take(record);
        var left = rest.Length;
        _buffer.AsSpan(_length - left, left).CopyTo(_buffer);
        _length = left;
    }

    private void Take(ReadOnlySpan<byte> record)
    {
        var message = JsonDocument.Parse(record.ToArray()).RootElement;
        switch (message.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
        {
            case 0 when message.TryGetProperty("error", out var error): throw new IOException($"the hub refused: {error}");
            case 1: Hear(message.GetProperty("target").GetString()!, message.GetProperty("arguments")); break;
            case 3: Settle(message); break;
            case 7: throw new IOException($"the hub said goodbye: {message}");
        }
    }

    // What comes before the server has let the connection in is an accident: it hears some things and misses others.
    private void Hear(string name, JsonElement arguments)
    {
        if (name == "connected") _letIn.TrySetResult();
        if (_letIn.Task.IsCompleted) _heard(name, arguments.GetArrayLength() > 0 ? arguments[0] : default);
    }

    private void Settle(JsonElement completion)
    {
        if (!_calls.TryGetValue(completion.GetProperty("invocationId").GetString()!, out var call)) return;
        if (completion.TryGetProperty("error", out var error)) call.TrySetException(new HubRefusedException(error.GetString()!));
        else call.TrySetResult(completion.TryGetProperty("result", out var result) ? result : default);
    }

    private void End(string reason)
    {
        if (!_lost.TrySetResult(reason)) return;
        _letIn.TrySetException(new IOException(reason));
        foreach (var call in _calls.Values) call.TrySetException(new IOException(reason));
    }

    private async Task PingAsync()
    {
        using var timer = new PeriodicTimer(PingInterval);
        try
        {
            while (!_lost.Task.IsCompleted && await timer.WaitForNextTickAsync()) await SendAsync(HubRecords.Ping);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The listener sees the same and says so.
        }
    }

    private async Task SendAsync(byte[] record)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(record.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or InvalidOperationException)
        {
            throw new WebSocketException("the connection is closed", exception);
        }
        finally
        {
            _sending.Release();
        }
    }
}

/// <summary>A hub method failed, with the server's words.</summary>
public sealed class HubRefusedException(string message) : Exception(message);
