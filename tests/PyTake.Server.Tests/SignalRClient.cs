using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using PyTake.Json;

namespace PyTake;

/// <summary>
/// A browser's side of SignalR's JSON protocol over a WebSocket, without negotiation. Events are kept in the order they came, and each
/// waiting call takes the first that fits and was not taken before.
/// </summary>
public sealed partial class SignalRClient : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private const byte Separator = 0x1e;

    private readonly ClientWebSocket _socket = new();
    private readonly HttpMessageInvoker _http;
    private readonly Lock _lock = new();
    private readonly List<HubEvent> _events = [];
    private readonly HashSet<HubEvent> _taken = [];
    private readonly Dictionary<string, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly Dictionary<string, Func<JsonElement, string>> _answers = [];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _paused;
    private int _lastCall;

    private SignalRClient(int receiveBuffer)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        _http = new HttpMessageInvoker(handler);
    }

    /// <summary>Everything heard so far, in order.</summary>
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

    /// <summary>What the server said when it closed, whether the client may come back by itself; null where it said nothing.</summary>
    public (string? Error, bool AllowReconnect)? Goodbye { get; private set; }

    /// <summary>Connects and waits for <c>connected</c>.</summary>
    /// <param name="receiveBuffer">Bytes the kernel may keep for it; small for one that is to be slow.</param>
    public static async Task<SignalRClient> ConnectAsync(Uri server, string token, int receiveBuffer = 0)
    {
        var client = await OpenAsync(server, token, receiveBuffer);
        await client.Next("connected");
        return client;
    }

    /// <summary>Opens the connection, whatever the server makes of it.</summary>
    /// <exception cref="WebSocketException">The server did not let it in.</exception>
    public static async Task<SignalRClient> OpenAsync(Uri server, string token, int receiveBuffer = 0, string? origin = null)
    {
        var client = new SignalRClient(receiveBuffer);
        if (origin is not null) client._socket.Options.SetRequestHeader("Origin", origin);
        client._socket.Options.CollectHttpResponseDetails = true;
        var url = new UriBuilder(new Uri(server, "/hubs/chat")) { Scheme = "ws", Query = "access_token=" + token }.Uri;
        try
        {
            await client._socket.ConnectAsync(url, client._http, CancellationToken.None).WaitAsync(Deadline);
        }
        catch (WebSocketException exception) when (client._socket.HttpStatusCode != 0)
        {
            throw new SocketRefused(client._socket.HttpStatusCode, exception);
        }
        _ = client.ReadAsync();
        await client.SendAsync("{\"protocol\":\"json\",\"version\":1}");
        return client;
    }

    /// <summary>Calls a hub method and waits for its result.</summary>
    /// <exception cref="HubCallFailed">With the server's words.</exception>
    public Task<JsonElement> Call(string method, params object?[] arguments) => CallRaw(method, JsonSerializer.Serialize(arguments, Wire.Options));

    /// <summary>The same with the arguments' array as it is to go out.</summary>
    public async Task<JsonElement> CallRaw(string method, string arguments)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString();
        var result = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _calls[id] = result;
        await SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""");
        return await result.Task.WaitAsync(Deadline);
    }

    /// <summary>Calls a hub method and asks for no result.</summary>
    public Task Send(string method, params object?[] arguments) => SendAsync(JsonSerializer.Serialize(new { type = 1, target = method, arguments }, Wire.Options));

    /// <summary>Sends a message of SignalR's JSON protocol as it is.</summary>
    public Task SendRecord(string json) => SendAsync(json);

    /// <summary>Opens a conversation.</summary>
    public Task<JsonElement> Join(Guid conversationId, long? afterSeq = null)
        => Call("join_conversation", new { conversation_id = conversationId, after_seq = afterSeq });

    /// <summary>The next event of this name that was not taken yet; waits for it.</summary>
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
                if (_closed.Task.IsCompleted) throw new TimeoutException($"No {name} came before the connection was closed");
            }
            try
            {
                await arrived.WaitAsync(tooLate.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No {name} came; heard: {string.Join(", ", Events.Select(e => e.Name))}");
            }
        }
    }

    /// <summary>The payloads of all events of this name so far.</summary>
    public IReadOnlyList<JsonElement> All(string name) => [.. Events.Where(e => e.Name == name).Select(e => e.Payload)];

    /// <summary>Answers the server's calls of this name.</summary>
    /// <param name="answer">From the first argument to the result's JSON.</param>
    public void Answer(string name, Func<JsonElement, string> answer) => _answers[name] = answer;

    /// <summary>Stops taking anything from the network.</summary>
    public void StopReading() => _paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Goes on taking.</summary>
    public void GoOnReading() => _paused?.TrySetResult();

    /// <summary>Drops the connection without a word, as a network does.</summary>
    public void Drop() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        GoOnReading();
        try
        {
            if (_socket.State == WebSocketState.Open)
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception exception) when (exception is WebSocketException or TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            // It is over either way.
        }
        _socket.Dispose();
        _http.Dispose();
    }

    private async Task SendAsync(string record)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(record + (char)Separator), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        var rest = new MemoryStream();
        try
        {
            while (true)
            {
                if (_paused is { } paused) await paused.Task;
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) break;
                rest.Write(buffer, 0, received.Count);
                if (received.EndOfMessage) rest = Split(rest);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Closed without a word.
        }
        lock (_lock)
        {
            foreach (var call in _calls.Values) call.TrySetException(new HubCallFailed("The connection is closed"));
            _closed.TrySetResult();
            _arrived.TrySetResult();
        }
    }

    private MemoryStream Split(MemoryStream received)
    {
        var bytes = received.ToArray();
        var from = 0;
        for (int length; (length = bytes.AsSpan(from).IndexOf(Separator)) >= 0; from += length + 1) Take(bytes.AsMemory(from, length));
        var rest = new MemoryStream();
        rest.Write(bytes, from, bytes.Length - from);
        return rest;
    }

    private void Take(ReadOnlyMemory<byte> record)
    {
        var message = JsonDocument.Parse(record).RootElement;
        switch (message.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
        {
            case 1 when message.TryGetProperty("invocationId", out var asked):
                var result = _answers[message.GetProperty("target").GetString()!](message.GetProperty("arguments")[0]);
                _ = SendAsync($$"""{"type":3,"invocationId":"{{asked.GetString()}}","result":{{result}}}""");
                break;
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
                _ = SendAsync("{\"type\":6}").ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case 7:
                Goodbye = (message.TryGetProperty("error", out var reason) ? reason.GetString() : null,
                    message.TryGetProperty("allowReconnect", out var again) && again.GetBoolean());
                break;
        }
    }
}

/// <summary>An event as it came.</summary>
public sealed class HubEvent(string name, JsonElement payload)
{
    public string Name => name;
    public JsonElement Payload => payload;
    public override string ToString() => $"{name} {payload}";
}

/// <summary>A hub method failed with these words.</summary>
public sealed class HubCallFailed(string message) : Exception(message);

/// <summary>The server answered something else than a WebSocket.</summary>
public sealed class SocketRefused(HttpStatusCode status, Exception inner) : Exception($"Refused with {(int)status}", inner)
{
    public HttpStatusCode Status => status;
}
