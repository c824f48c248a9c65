using System.Text.Json;
using PyTake.Json;

namespace PyTake.SocketIo;

/// <summary>A Socket.IO client over a WebSocket, for the real hub. It answers pings and keeps the events it received.</summary>
internal sealed class SocketIoClient : IAsyncDisposable
{
    private readonly RawSocket _socket;
    private readonly Lock _lock = new();
    private readonly List<(string Name, JsonElement Payload)> _events = [];
    private readonly Dictionary<int, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly TaskCompletionSource<string> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastCall;

    private SocketIoClient(RawSocket socket) => _socket = socket;

    public RawSocket Raw => _socket;

    /// <summary>The connection's id at the hub.</summary>
    public string Sid => _connected.Task.Result;

    /// <summary>Whether the server told the client not to reconnect on its own.</summary>
    public bool WasSentAway { get; private set; }

    public Task Closed(TimeSpan? deadline = null) => _closed.Task.WaitAsync(deadline ?? RawSocket.Deadline);

    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>Connects and waits for the hub's <c>connected</c> event.</summary>
    /// <exception cref="ConnectRefused">The server refused; contains its answer.</exception>
    public static async Task<SocketIoClient> ConnectAsync(TestNode node, string? token)
    {
        var client = await OpenAsync(node, token is null ? null : new { token });
        await client.Next("connected");
        return client;
    }

    /// <param name="auth">The payload of CONNECT; a value that is already JSON is sent as it is.</param>
    /// <inheritdoc cref="ConnectAsync"/>
    public static async Task<SocketIoClient> OpenAsync(TestNode node, object? auth)
    {
        var socket = await RawSocket.OpenAsync(node.Url);
        await socket.Text();
        var client = new SocketIoClient(socket);
        _ = client.ReadAsync();
        await socket.Send("40" + (auth switch { null => "", string json => json, _ => JsonSerializer.Serialize(auth) }));
        await client._connected.Task.WaitAsync(RawSocket.Deadline);
        return client;
    }

    /// <summary>Emits with an acknowledgement, and waits for it.</summary>
    /// <returns>Its arguments.</returns>
    public async Task<JsonElement> Call(string name, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _lastCall);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _calls[id] = answer;
        await _socket.Send($"42{id}" + JsonSerializer.Serialize<object?[]>([name, .. arguments], Wire.Options));
        return await answer.Task.WaitAsync(RawSocket.Deadline);
    }

    public Task<JsonElement> Join(Guid conversationId, long? afterSeq = null)
        => Call("join_conversation", new { conversation_id = conversationId, after_seq = afterSeq });

    /// <inheritdoc cref="SignalRClient.Watch"/>
    public Task<JsonElement> Watch(string view = "open", int limit = 100, long? afterInboxSeq = null)
        => Call("watch_conversations", new { view, limit, after_inbox_seq = afterInboxSeq });

    /// <summary>The payloads of this name's events so far.</summary>
    public IReadOnlyList<JsonElement> All(string name)
    {
        lock (_lock) return [.. _events.Where(e => e.Name == name).Select(e => e.Payload)];
    }

    /// <summary>All events so far, in order.</summary>
    public IReadOnlyList<(string Name, JsonElement Payload)> Events
    {
        get
        {
            lock (_lock) return [.. _events];
        }
    }

    /// <summary>The names of all events so far.</summary>
    public IReadOnlyList<string> Names => [.. Events.Select(e => e.Name)];

    /// <summary>The first event of this name, past or future.</summary>
    public async Task<JsonElement> Next(string name)
    {
        await Wait.Until(() => All(name).Count > 0);
        return All(name)[0];
    }

    public ValueTask DisposeAsync() => _socket.DisposeAsync();

    private async Task ReadAsync()
    {
        try
        {
            while (true) await Take(await _socket.Text(pings: true));
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            _closed.TrySetResult();
            _connected.TrySetException(exception);
        }
    }

    private async Task Take(string packet)
    {
        switch (packet)
        {
            case "2":
                await _socket.Send("3");
                break;
            case "41":
                WasSentAway = true;
                break;
            case ['4', '0', .. var json]:
                _connected.TrySetResult(JsonDocument.Parse(json).RootElement.GetProperty("sid").GetString()!);
                break;
            case ['4', '4', .. var json]:
                _connected.TrySetException(new ConnectRefused(json));
                break;
            case ['4', '2', .. var json]:
                var items = JsonDocument.Parse(json).RootElement;
                lock (_lock) _events.Add((items[0].GetString()!, items.GetArrayLength() > 1 ? items[1] : default));
                break;
            case ['4', '3', .. var rest]:
                var digits = rest.IndexOf('[');
                TaskCompletionSource<JsonElement> call;
                lock (_lock) call = _calls[int.Parse(rest[..digits])];
                call.SetResult(JsonDocument.Parse(rest[digits..]).RootElement);
                break;
            default:
                throw new InvalidOperationException(packet);
        }
    }
}

/// <summary>CONNECT_ERROR, with its payload.</summary>
internal sealed class ConnectRefused(string json) : Exception(json)
{
    public JsonElement Payload => JsonDocument.Parse(Message).RootElement;
}
