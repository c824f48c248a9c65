using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// PyTake's own backplane. Unlike Microsoft's it does not wait for Redis, and delivers to this node's connections directly rather than
/// through Redis.
/// </summary>
internal sealed partial class RedisBackplane : ChatBackplane
{
    private const string Hub = nameof(ChatHub);

    private readonly RedisLink _link;
    private readonly Channels _channels;
    private readonly NodeIdentity _node;
    private readonly TimeSpan _subscribeWait;
    private readonly BackplaneMetrics _metrics;
    private readonly ILogger<RedisBackplane> _logger;

    public RedisBackplane(
        LocalFanOut local, RedisLink link, Channels channels, NodeIdentity node,
        IOptions<BackplaneOptions> options, BackplaneMetrics metrics, ILogger<RedisBackplane> logger) : base(local)
    {
        (_link, _channels, _node) = (link, channels, node);
        (_subscribeWait, _metrics, _logger) = (options.Value.SubscribeWait, metrics, logger);
    }

    /// <inheritdoc/>
    protected override Task SendToNodesAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken)
    {
        var isConnected = _link.IsConnected;
        if (!isConnected && Local.FindGroup(groupName) is null) return Task.CompletedTask;
        var (seq, arguments) = (SeqOf(args), HubFrame.Serialize(args));
        if (isConnected) _link.Publish(_channels.Group(Hub, groupName), new Envelope(_node.Id, seq, methodName, arguments).ToBytes());
        Local.FindGroup(groupName)?.Deliver(methodName, arguments, seq);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task ListenAsync(LocalGroup group) => Task.WhenAny(SubscribeAsync(group), Task.Delay(_subscribeWait));

    /// <inheritdoc/>
    protected override void StopListening(LocalGroup group) => _link.Unsubscribe(_channels.Group(Hub, group.Name));

    private async Task SubscribeAsync(LocalGroup group)
    {
        try
        {
            await _link.SubscribeAsync(_channels.Group(Hub, group.Name), message => Receive(group, message));
        }
        catch (Exception exception) when (exception is StackExchange.Redis.RedisException or TimeoutException or TaskCanceledException)
        {
            // The subscription becomes active once Redis is back.
        }
    }

    private void Receive(LocalGroup group, byte[] message)
    {
        if (Envelope.IsFrom(_node.Id, message)) return;
        try
        {
            if (Envelope.Read(message) is { } envelope)
            {
                _metrics.Received();
                group.Deliver(envelope.Method, envelope.Arguments, envelope.Seq);
            }
            else LogUnreadable(null);
        }
        catch (Exception exception)
        {
            LogUnreadable(exception);
        }
    }

    [LoggerMessage(7011, LogLevel.Warning, "A message of another node could not be read")]
    private partial void LogUnreadable(Exception? exception);
}
