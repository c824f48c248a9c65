using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Json;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// SignalR's connections, groups and users over any number of nodes. It differs from Microsoft's where that hurts: it waits for no
/// browser and for no Redis, serves its own connections at once rather than through Redis, and hands out a conversation's events in
/// order and without a hole (<see cref="RoomStream"/>). A user is a group named <c>user:{id}</c>.
/// </summary>
internal sealed class RedisBackplane<THub> : HubLifetimeManager<THub>, IHostedService where THub : Hub
{
    private static readonly string Hub = typeof(THub).Name;

    private readonly LocalFanOut<THub> _local;
    private readonly RoomStreams _streams;
    private readonly RedisLink _link;
    private readonly Channels _channels;
    private readonly NodeIdentity _node;
    private readonly BackplaneOptions _options;
    private readonly BackplaneMetrics _metrics;
    private readonly ILogger<RedisBackplane<THub>> _logger;
    private readonly ConnectionCalls _calls;
    private readonly ClientResults _results = new();

    public RedisBackplane(
        LocalFanOut<THub> local, RoomStreams streams, RedisLink link, Channels channels, NodeIdentity node,
        IOptions<BackplaneOptions> options, BackplaneMetrics metrics, ILogger<RedisBackplane<THub>> logger)
    {
        (_local, _streams, _link, _channels, _node) = (local, streams, link, channels, node);
        (_options, _metrics, _logger) = (options.Value, metrics, logger);
        _calls = new ConnectionCalls(link, channels, Hub, _options.AnswerWait);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAny(
        Task.Delay(_options.SubscribeWait, cancellationToken),
        Task.WhenAll(
            ListenAsync(_channels.All(Hub), message => Receive(message, e => _local.SendAll(new HubFrame(e.Method, e.Arguments), e.Excluded))),
            ListenAsync(_channels.Connections(Hub), message => _ = CalledAsync(message)),
            ListenAsync(_channels.Answers(Hub, _node.Id), _calls.Answered)));

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        var added = _local.Add(connection);
        return connection.UserIdentifier is { Length: > 0 } user ? JoinAsync(added, UserGroup(user)) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_local.Find(connection.ConnectionId) is { } found) _local.Remove(found, Close);
        _results.Abandon(connection.ConnectionId);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default)
        => SendAllExceptAsync(methodName, args, [], cancellationToken);

    /// <inheritdoc/>
    public override Task SendAllExceptAsync(
        string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default)
    {
        var arguments = HubFrame.Serialize(args);
        Publish(_channels.All(Hub), 0, methodName, excludedConnectionIds, arguments);
        _local.SendAll(new HubFrame(methodName, arguments), excludedConnectionIds);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => SendGroupExceptAsync(groupName, methodName, args, [], cancellationToken);

    /// <inheritdoc/>
    public override Task SendGroupExceptAsync(
        string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default)
    {
        if (!_link.IsConnected && _local.CountIn(groupName) == 0) return Task.CompletedTask;
        var seq = args is [IStreamEvent step] && Rooms.TryGetConversation(groupName, out _) ? step.Seq : 0;
        Send(groupName, methodName, excludedConnectionIds, HubFrame.Serialize(args), seq);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task SendGroupsAsync(
        IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        foreach (var group in groupNames) _ = SendGroupExceptAsync(group, methodName, args, [], cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => SendGroupExceptAsync(UserGroup(userId), methodName, args, [], cancellationToken);

    /// <inheritdoc/>
    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => SendGroupsAsync([.. userIds.Select(UserGroup)], methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => SendConnectionsAsync([connectionId], methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendConnectionsAsync(
        IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        var arguments = HubFrame.Serialize(args);
        var frame = new HubFrame(methodName, arguments);
        List<string>? elsewhere = null;
        foreach (var id in connectionIds)
        {
            if (_local.Find(id) is { } connection) connection.Write(frame);
            else (elsewhere ??= []).Add(id);
        }
        if (elsewhere is not null)
            _calls.Send(new(_node.Id, 0, ConnectionCallKind.Send, [.. elsewhere], Method: methodName, Arguments: Encoding.UTF8.GetString(arguments)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
        => _local.Find(connectionId) is { } connection
            ? JoinAsync(connection, groupName)
            : _calls.AskAsync(new(_node.Id, 0, ConnectionCallKind.Join, [connectionId], groupName), cancellationToken);

    /// <inheritdoc/>
    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (_local.Find(connectionId) is not { } connection)
            return _calls.AskAsync(new(_node.Id, 0, ConnectionCallKind.Leave, [connectionId], groupName), cancellationToken);
        _local.Leave(connection, groupName, Close);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task<T> InvokeConnectionAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken)
    {
        if (_local.Find(connectionId) is { } connection) return await InvokeHereAsync<T>(connection, methodName, args, cancellationToken);

        var call = new ConnectionCall(
            _node.Id, 0, ConnectionCallKind.Invoke, [connectionId], Method: methodName, Arguments: Encoding.UTF8.GetString(HubFrame.Serialize(args)));
        var answer = await _calls.AskAsync(call, cancellationToken) ?? throw new IOException($"Connection '{connectionId}' does not exist.");
        if (answer.Error is { } error) throw new HubException(error);
        return JsonSerializer.Deserialize<T>(answer.Result?.Text ?? "null", Wire.Options)!;
    }

    /// <inheritdoc/>
    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result)
    {
        _results.Complete(connectionId, result);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override bool TryGetReturnType(string invocationId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Type? type)
        => _results.TryGetType(invocationId, out type);

    private static string UserGroup(string userId) => "user:" + userId;

    private void Send(string group, string method, IReadOnlyList<string> excluded, byte[] arguments, long seq)
    {
        Publish(_channels.Group(Hub, group), seq, method, excluded, arguments);
        _local.Deliver(group, Frame(group, method, arguments, seq), excluded);
    }

    private void Publish(string channel, long seq, string method, IReadOnlyList<string> excluded, byte[] arguments)
    {
        if (_link.IsConnected) _link.Publish(channel, new Envelope(_node.Id, seq, method, [.. excluded], arguments).ToBytes());
    }

    private static HubFrame Frame(string group, string method, ReadOnlyMemory<byte> arguments, long seq)
    {
        var stream = Guid.Empty;
        if (seq > 0) Rooms.TryGetConversation(group, out stream);
        return new HubFrame(method, arguments, stream, seq);
    }

    // A group is heard from its first member's coming to its last one's going. A room's stream begins where the database stood after
    // the channel was in force, so that nothing falls between the two.
    private async Task JoinAsync(LocalConnection connection, string name)
    {
        if (_local.Join(connection, name, Open) is not { } group) return;
        try
        {
            await group.Opened;
        }
        catch
        {
            _local.Leave(connection, name, Close);
            throw;
        }
    }

    private Task Open(LocalGroup group)
    {
        var isRoom = Rooms.TryGetConversation(group.Name, out var conversation);
        if (isRoom) group.Stream = _streams.Open(conversation, group);
        var listening = ListenAsync(_channels.Group(Hub, group.Name), message => Receive(message, envelope =>
            group.Deliver(Frame(group.Name, envelope.Method, envelope.Arguments, envelope.Seq), envelope.Excluded)));
        return OpenedAsync(listening, group.Stream);
    }

    private async Task OpenedAsync(Task listening, RoomStream? stream)
    {
        await Task.WhenAny(listening, Task.Delay(_options.SubscribeWait));
        if (stream is not null) await _streams.BeginAsync(stream);
    }

    private void Close(LocalGroup group)
    {
        _link.Unsubscribe(_channels.Group(Hub, group.Name));
        if (group.Stream is { } stream) _streams.Close(stream);
    }

    private async Task ListenAsync(string channel, Action<byte[]> handler)
    {
        try
        {
            await _link.SubscribeAsync(channel, handler);
        }
        catch (Exception exception) when (exception is StackExchange.Redis.RedisException or TimeoutException or TaskCanceledException)
        {
            // It is in force once Redis is back.
        }
    }

    private void Receive(byte[] message, Action<Envelope> deliver)
    {
        if (Envelope.IsFrom(_node.Id, message)) return;
        try
        {
            if (Envelope.Read(message) is { } envelope)
            {
                _metrics.Received();
                deliver(envelope);
            }
            else BackplaneLog.Unreadable(_logger, null);
        }
        catch (Exception exception)
        {
            BackplaneLog.Unreadable(_logger, exception);
        }
    }

    private async Task CalledAsync(byte[] message)
    {
        try
        {
            if (JsonSerializer.Deserialize<ConnectionCall>(message, Wire.Options) is { } call && call.Origin != _node.Id) await CalledAsync(call);
        }
        catch (Exception exception)
        {
            BackplaneLog.Unreadable(_logger, exception);
        }
    }

    private async Task CalledAsync(ConnectionCall call)
    {
        if (call.Kind == ConnectionCallKind.Send)
        {
            var frame = new HubFrame(call.Method!, Encoding.UTF8.GetBytes(call.Arguments!));
            foreach (var id in call.Connections) _local.Find(id)?.Write(frame);
            return;
        }
        if (_local.Find(call.Connections[0]) is not { } connection)
        {
            _calls.Answer(call.Origin, new(call.Id, Found: false, Done: true));
            return;
        }
        switch (call.Kind)
        {
            case ConnectionCallKind.Invoke:
                _calls.Answer(call.Origin, new(call.Id, Found: true, Done: false));
                await InvokeForAsync(call, connection);
                return;
            case ConnectionCallKind.Join:
                await JoinAsync(connection, call.Group!);
                break;
            case ConnectionCallKind.Leave:
                _local.Leave(connection, call.Group!, Close);
                break;
        }
        _calls.Answer(call.Origin, new(call.Id, Found: true, Done: true));
    }

    private async Task<T> InvokeHereAsync<T>(LocalConnection connection, string method, object?[] args, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = _results.Add(connection.Id, typeof(T), completion =>
        {
            if (completion.Error is { } error) answer.TrySetException(new HubException(error));
            else answer.TrySetResult((T)completion.Result!);
        });
        using var ended = connection.Context.ConnectionAborted.UnsafeRegister(
            _ => answer.TrySetException(new IOException($"Connection '{connection.Id}' disconnected.")), null);
        try
        {
            await connection.Context.WriteAsync(new InvocationMessage(id, method, args), cancellationToken);
            return await answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _results.Remove(id);
        }
    }

    private async Task InvokeForAsync(ConnectionCall call, LocalConnection connection)
    {
        var arguments = JsonSerializer.Deserialize<JsonElement[]>($"[{call.Arguments}]", Wire.Options)!;
        var id = _results.Add(connection.Id, typeof(JsonElement), completion => _calls.Answer(call.Origin, new(
            call.Id, Found: true, Done: true, completion.Error, new RawJson(JsonSerializer.Serialize(completion.Result, Wire.Options)))));
        await connection.Context.WriteAsync(new InvocationMessage(id, call.Method!, [.. arguments.Cast<object?>()]));
    }
}
