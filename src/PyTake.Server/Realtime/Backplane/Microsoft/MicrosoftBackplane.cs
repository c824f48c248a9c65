using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>
/// Microsoft's backplane, with what the rest of the node has to know beside it: who of this node is in which group, and where each
/// conversation's stream stands. Steps of streams go from node to node through Microsoft's manager like everything else, but to the
/// rooms' streams (<see cref="StreamMember"/>) and not to browsers, so that they are handed out in order, once and without a hole, and
/// a browser that joins is told first what it missed. What else is sent, Microsoft's manager writes to the browsers, as it does it: it
/// waits for each of them, loses what is sent while Redis is away, and lets nobody in or into a room until it is back.
/// </summary>
internal sealed partial class MicrosoftBackplane<THub> : HubLifetimeManager<THub> where THub : Hub
{
    private readonly RedisHubLifetimeManager<THub> _redis;
    private readonly LocalFanOut<THub> _local;
    private readonly RoomStreams _streams;
    private readonly IHubProtocol _json;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<LocalGroup, StreamMember> _members = new();

    public MicrosoftBackplane(
        RedisHubLifetimeManager<THub> redis, LocalFanOut<THub> local, RoomStreams streams, IHubProtocolResolver protocols, ILoggerFactory loggers)
    {
        (_redis, _local, _streams, _loggers) = (redis, local, streams, loggers);
        _json = protocols.GetProtocol("json", null)!;
        _logger = loggers.CreateLogger(typeof(MicrosoftBackplane<THub>));
    }

    /// <inheritdoc/>
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        _local.Add(connection);
        return _redis.OnConnectedAsync(connection);
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_local.Find(connection.ConnectionId) is { } found) _local.Remove(found, Close);
        return _redis.OnDisconnectedAsync(connection);
    }

    /// <inheritdoc/>
    /// <remarks>A connection of another node hears the group as well, except for a conversation's steps: its own node joins those.</remarks>
    public override async Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (_local.Find(connectionId) is not { } connection)
        {
            await _redis.AddToGroupAsync(connectionId, groupName, cancellationToken);
            return;
        }
        if (_local.Join(connection, groupName, Open) is not { } group) return;
        try
        {
            await group.Opened;
            await _redis.AddToGroupAsync(connectionId, groupName, cancellationToken);
        }
        catch
        {
            _local.Leave(connection, groupName, Close);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (_local.Find(connectionId) is { } connection) _local.Leave(connection, groupName, Close);
        return _redis.RemoveFromGroupAsync(connectionId, groupName, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => args is [IStreamEvent step] && Rooms.TryGetConversation(groupName, out _)
            ? _redis.SendGroupAsync(StreamMember.GroupOf(groupName), StreamMember.Method, [step.Seq, methodName, step], cancellationToken)
            : _redis.SendGroupAsync(groupName, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default)
        => _redis.SendAllAsync(methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendAllExceptAsync(
        string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default)
        => _redis.SendAllExceptAsync(methodName, args, excludedConnectionIds, cancellationToken);

    /// <inheritdoc/>
    public override Task SendGroupExceptAsync(
        string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default)
        => _redis.SendGroupExceptAsync(groupName, methodName, args, excludedConnectionIds, cancellationToken);

    /// <inheritdoc/>
    public override Task SendGroupsAsync(
        IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => _redis.SendGroupsAsync(groupNames, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => _redis.SendGroupAsync(UserGroup(userId), methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => _redis.SendGroupsAsync([.. userIds.Select(UserGroup)], methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => _redis.SendConnectionAsync(connectionId, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendConnectionsAsync(
        IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
        => _redis.SendConnectionsAsync(connectionIds, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task<T> InvokeConnectionAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken)
        => _redis.InvokeConnectionAsync<T>(connectionId, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result)
        => _redis.SetConnectionResultAsync(connectionId, result);

    /// <inheritdoc/>
    public override bool TryGetReturnType(string invocationId, [NotNullWhen(true)] out Type? type)
        => _redis.TryGetReturnType(invocationId, out type);

    // Connections carry no user of SignalR's; the hub puts them into this group.
    private static string UserGroup(string userId) => "user:" + userId;

    private Task Open(LocalGroup group)
    {
        if (!Rooms.TryGetConversation(group.Name, out var conversation)) return Task.CompletedTask;
        var stream = group.Stream = _streams.Open(conversation, group);
        return ListenAsync(_members[group] = new StreamMember(conversation, group, _json, _loggers), group.Name, stream);
    }

    // The stream begins where the database stands once its group is in force, so that nothing falls between the two.
    private async Task ListenAsync(StreamMember member, string room, RoomStream stream)
    {
        await _redis.OnConnectedAsync(member);
        await _redis.AddToGroupAsync(member.ConnectionId, StreamMember.GroupOf(room));
        await _streams.BeginAsync(stream);
    }

    private void Close(LocalGroup group)
    {
        if (group.Stream is not { } stream) return;
        _streams.Close(stream);
        if (_members.TryRemove(group, out var member)) _ = EndAsync(group, member);
    }

    private async Task EndAsync(LocalGroup group, StreamMember member)
    {
        try
        {
            // It ends after it began, however that went.
            await group.Opened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _redis.OnDisconnectedAsync(member);
        }
        catch (Exception exception)
        {
            LogNotEnded(exception, group.Name);
        }
    }

    [LoggerMessage(7012, LogLevel.Debug, "Redis was not told that room {Room} is closed here")]
    private partial void LogNotEnded(Exception exception, string room);
}
