using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace PyTake.Harness;

/// <summary>
/// A browser's side of SignalR's JSON protocol over a WebSocket, without negotiation. Events are kept in order of arrival, and each call of
/// <see cref="Next"/> takes the first that matches and was not taken before.
/// </summary>
public sealed class SignalRClient : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly RecordSocket _socket;
    private readonly HttpMessageInvoker _http;
    private readonly Lock _lock = new();
    private readonly List<HubEvent> _events = [];
    private readonly HashSet<HubEvent> _taken = [];
    private readonly Dictionary<string, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _paused;
    private int _lastCall;

    private SignalRClient(RecordSocket socket, HttpMessageInvoker http)
    {
        (_socket, _http) = (socket, http);
        _ = ReadAsync();
    }

    /// <summary>All events received so far, in order.</summary>
    public IReadOnlyList<HubEvent> Events
    {
        get
        {
            lock (_lock) return [.. _events];
        }
    }

    /// <summary>Whether the server closed the connection.</summary>
    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>Waits until the server closes the connection.</summary>
    public Task Closed(TimeSpan? deadline = null) => _closed.Task.WaitAsync(deadline ?? Deadline);

    /// <summary>The server's close message: its error, and whether the client may reconnect by itself; null if it sent none.</summary>
    public (string? Error, bool AllowReconnect)? Goodbye { get; private set; }

    /// <summary>Connects and waits for <c>connected</c>.</summary>
    /// <param name="receiveBuffer">The size of the socket's receive buffer in bytes (0 for the default); small to simulate a slow client.</param>
    /// <inheritdoc cref="OpenAsync(Uri, string, int, string?)" path="/exception"/>
    public static async Task<SignalRClient> ConnectAsync(Uri server, string token, int receiveBuffer = 0)
    {
        var client = await OpenAsync(server, token, receiveBuffer);
        await client.Next("connected");
        return client;
    }

    /// <summary>Opens the connection without waiting for the server to accept it.</summary>
    /// <exception cref="SocketRefused">The server answered with something other than a WebSocket.</exception>
    /// <exception cref="WebSocketException">The connection failed.</exception>
    /// <exception cref="TimeoutException">There was no answer.</exception>
    public static async Task<SignalRClient> OpenAsync(Uri server, string token, int receiveBuffer = 0, string? origin = null)
    {
        var http = Http(receiveBuffer);
        try
        {
            return new SignalRClient(await RecordSocket.ConnectAsync(server, token, http, origin, CancellationToken.None).WaitAsync(Deadline), http);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>Calls a hub method and waits for its result.</summary>
    /// <exception cref="HubCallFailed">The call failed; the text is the server's error.</exception>
    public Task<JsonElement> Call(string method, params object?[] arguments) => CallRaw(method, JsonSerializer.Serialize(arguments, Json));

    /// <summary>Calls a hub method with the arguments as a JSON array.</summary>
    public async Task<JsonElement> CallRaw(string method, string arguments)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString();
        var result = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _calls[id] = result;
        await SendRecord($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""");
        return await result.Task.WaitAsync(Deadline);
    }

    /// <summary>Calls a hub method without asking for a result.</summary>
    public Task Send(string method, params object?[] arguments) => SendRecord(JsonSerializer.Serialize(new { type = 1, target = method, arguments }, Json));

    /// <summary>Sends a raw message of SignalR's JSON protocol.</summary>
    public Task SendRecord(string json) => _socket.SendAsync(Encoding.UTF8.GetBytes(json + (char)HubRecords.End), CancellationToken.None);

    /// <summary>Joins a conversation.</summary>
    public Task<JsonElement> Join(Guid conversationId, long? afterSeq = null)
        => Call("join_conversation", new { conversation_id = conversationId, after_seq = afterSeq });

    /// <summary>Watches a view of the list of conversations.</summary>
    public Task<JsonElement> Watch(string view = "open", int limit = 100, long? afterInboxSeq = null)
        => Call("watch_conversations", new { view, limit, after_inbox_seq = afterInboxSeq });

    /// <summary>Waits for the next event of this name that was not taken yet.</summary>
    public async Task<JsonElement> Next(string name, Func<JsonElement, bool>? where = null, TimeSpan? deadline = null)
    {
        using var tooLate = new CancellationTokenSource(deadline ?? Deadline);
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (_events.FirstOrDefault(e => e.Name == name && !_taken.Contains(e) && (where is null || where(e.Payload))) is { } found)
                {
                    _taken.Add(found);
                    return found.Payload;
                }
                arrived = _arrived.Task;
                if (_closed.Task.IsCompleted) throw new TimeoutException($"No {name} arrived before the connection was closed");
            }
            try
            {
                await arrived.WaitAsync(tooLate.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No {name} arrived; received: {string.Join(", ", Events.Select(e => e.Name))}");
            }
        }
    }

    /// <summary>The payloads of all events of this name so far.</summary>
    public IReadOnlyList<JsonElement> All(string name) => [.. Events.Where(e => e.Name == name).Select(e => e.Payload)];

    /// <summary>Stops reading from the network.</summary>
    public void StopReading() => _paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Resumes reading.</summary>
    public void GoOnReading() => _paused?.TrySetResult();

    /// <summary>Drops the connection without a close frame, as a network failure does.</summary>
    public void Drop() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        GoOnReading();
        try
        {
            await _socket.CloseAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception exception) when (exception is WebSocketException or TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            // The connection is gone either way.
        }
        _socket.Dispose();
        _http.Dispose();
    }

    private static HttpMessageInvoker Http(int receiveBuffer) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                if (_paused is { } paused) await paused.Task;
                if (!await _socket.ReceiveAsync(CancellationToken.None)) break;
                while (_socket.TryTake(out var record)) Take(record);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection was lost without a close frame.
        }
        lock (_lock)
        {
            foreach (var call in _calls.Values) call.TrySetException(new HubCallFailed("The connection is closed"));
            _closed.TrySetResult();
            _arrived.TrySetResult();
        }
    }

    private void Take(ReadOnlySpan<byte> record)
    {
        var message = JsonElement.Parse(record);
        switch (message.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
        {
            case 1:
                lock (_lock)
                {
                    _events.Add(new HubEvent(message.GetProperty("target").GetString()!, message.GetProperty("arguments")[0]));
                    _arrived.TrySetResult();
                    _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }
                break;
            case 3:
                TaskCompletionSource<JsonElement>? call;
                lock (_lock) _calls.Remove(message.GetProperty("invocationId").GetString()!, out call);
                if (message.TryGetProperty("error", out var error)) call?.TrySetException(new HubCallFailed(error.GetString()!));
                else call?.TrySetResult(message.TryGetProperty("result", out var value) ? value : default);
                break;
            case 6:
                _ = SendRecord("{\"type\":6}").ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case 7:
                Goodbye = (message.TryGetProperty("error", out var reason) ? reason.GetString() : null,
                    message.TryGetProperty("allowReconnect", out var again) && again.GetBoolean());
                break;
        }
    }
}

/// <summary>An event that was received.</summary>
public sealed class HubEvent(string name, JsonElement payload)
{
    public string Name => name;
    public JsonElement Payload => payload;
    public override string ToString() => $"{name} {payload}";
}

/// <summary>A hub method failed with this error.</summary>
public sealed class HubCallFailed(string message) : Exception(message);
