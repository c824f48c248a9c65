using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;

namespace PyTake.Realtime;

/// <summary>
/// Microsoft's backplane carries what is sent to groups. Its members are this node's groups (<see cref="GroupMember"/>) rather than
/// connections, so that a conversation's events are delivered in order and a slow browser delays no other. Events sent while Redis is
/// unreachable are lost, and until it is back no conversation can be opened.
/// </summary>
internal sealed partial class MicrosoftBackplane : ChatBackplane
{
    private readonly RedisHubLifetimeManager<ChatHub> _redis;
    private readonly IHubProtocol _json;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<LocalGroup, GroupMember> _members = new();

    public MicrosoftBackplane(
        RedisHubLifetimeManager<ChatHub> redis, LocalFanOut local, IHubProtocolResolver protocols, ILoggerFactory loggers) : base(local)
    {
        (_redis, _loggers) = (redis, loggers);
        _json = protocols.GetProtocol("json", null)!;
        _logger = loggers.CreateLogger<MicrosoftBackplane>();
    }

    /// <inheritdoc/>
    protected override Task SendToNodesAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken)
        => _redis.SendGroupAsync(GroupMember.GroupOf(groupName), GroupMember.Method, [SeqOf(args), methodName, args], cancellationToken);

    /// <inheritdoc/>
    protected override async Task ListenAsync(LocalGroup group)
    {
        var member = _members[group] = new GroupMember(group, _json, _loggers);
        await _redis.OnConnectedAsync(member);
        await _redis.AddToGroupAsync(member.ConnectionId, GroupMember.GroupOf(group.Name));
    }

    /// <inheritdoc/>
    protected override void StopListening(LocalGroup group)
    {
        if (_members.TryRemove(group, out var member)) _ = EndAsync(group, member);
    }

    private async Task EndAsync(LocalGroup group, GroupMember member)
    {
        try
        {
            // Wait until opening has finished or failed; the member must not be removed before it was added.
            await group.Opened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _redis.OnDisconnectedAsync(member);
        }
        catch (Exception exception)
        {
            LogNotEnded(exception, group.Name);
        }
    }

    [LoggerMessage(7012, LogLevel.Debug, "Group {Group} could not be unsubscribed from Redis")]
    private partial void LogNotEnded(Exception exception, string group);
}
