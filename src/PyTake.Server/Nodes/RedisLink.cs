using System.Diagnostics;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using StackExchange.Redis;

namespace PyTake.Nodes;

/// <summary>
/// The node's connection to Redis. Nothing here waits for Redis or fails without it: messages published while it is unreachable are
/// lost, and subscriptions made then become active once it is back. Probes that the node sends itself show whether messages really get
/// through, which an open connection does not prove: Redis may hang, or have dropped only the subscriptions.
/// </summary>
public sealed partial class RedisLink : NodeService
{
    // StackExchange.Redis has no timeout for asynchronous commands.
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(2);

    // How often the same refusal is logged.
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private readonly ConfigurationOptions _configuration;
    private readonly BackplaneOptions _options;
    private readonly RedisChannel _probe;
    private readonly BackplaneMetrics _metrics;
    private readonly ILogger<RedisLink> _logger;
    private readonly Lock _starting = new();
    private readonly Signal _probeSoon = new();
    private readonly Dictionary<string, long> _refusals = [];
    private List<Action<ConnectionMultiplexer>>? _untilConnected = [];
    private volatile ConnectionMultiplexer? _redis;
    private volatile bool _open;
    private volatile bool _hangs;
    private long _answeredAt;

    /// <summary>One instance per node.</summary>
    public RedisLink(
        IOptions<RedisOptions> redis, IOptions<BackplaneOptions> options, Channels channels, NodeIdentity node, BackplaneMetrics metrics, Supervisor supervisor,
        ILogger<RedisLink> logger) : base(supervisor)
    {
        _configuration = ConfigurationOptions.Parse(redis.Value.Redis);
        _configuration.AbortOnConnectFail = false;
        _configuration.ConnectRetry = 1;
        _configuration.ClientName = node.Name;
        (_options, _probe, _metrics, _logger) = (options.Value, Literal(channels.Probe(node.Id)), metrics, logger);
    }

    /// <summary>Whether messages get through Redis, as a probe showed within the last few seconds.</summary>
    public bool IsOpen => _open;

    /// <summary>Whether Redis is connected and not known to hang, so that publishing makes sense.</summary>
    public bool IsConnected => _redis is { IsConnected: true } && !_hangs;

    /// <summary>Messages get through again, or for the first time: those published in between may be missing.</summary>
    public event Action? Restored;

    /// <summary>Messages no longer get through.</summary>
    public event Action? Lost;

    /// <summary>Runs fire-and-forget commands; skipped while Redis is unreachable.</summary>
    public void Try(Action<IDatabase> commands)
    {
        if (IsConnected) Try(redis => commands(redis.GetDatabase()), _redis!);
    }

    /// <summary>Publishes without waiting; silently lost while Redis is unreachable.</summary>
    public void Publish(string channel, byte[] message)
    {
        if (!IsConnected) return;
        Try(redis => redis.GetSubscriber().Publish(Literal(channel), message, CommandFlags.FireAndForget), _redis!);
        _metrics.Published();
    }

    /// <summary>Runs a command with a timeout. Never throws.</summary>
    /// <returns>Whether Redis answered, and its answer.</returns>
    public async Task<(bool Answered, T? Value)> QueryAsync<T>(Func<IDatabase, Task<T>> query)
    {
        if (!IsConnected) return default;
        try
        {
            return (true, await query(_redis!.GetDatabase()).WaitAsync(CommandTimeout));
        }
        catch (Exception exception)
        {
            RecordFailure(exception);
            return default;
        }
    }

    /// <summary>Subscribes to a channel, also across outages of Redis. One handler per channel.</summary>
    /// <param name="handler">Called for one message after another; must not wait or throw.</param>
    /// <returns>Completes when Redis confirmed the subscription; at once while it is unreachable.</returns>
    public Task SubscribeAsync(string channel, Action<byte[]> handler)
    {
        var confirmed = Task.CompletedTask;
        WhenConnected(redis => confirmed = Listen(redis.GetSubscriber(), Literal(channel), handler));
        return _open ? confirmed : Task.CompletedTask;
    }

    /// <summary>Ends the subscription of <see cref="SubscribeAsync"/>.</summary>
    public void Unsubscribe(string channel)
        => WhenConnected(redis => redis.GetSubscriber().Unsubscribe(Literal(channel), flags: CommandFlags.FireAndForget));

    /// <summary>Connects, waiting at most a second: a node must also start without Redis.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Opened() => opened.TrySetResult();
        Restored += Opened;
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(opened.Task, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
        Restored -= Opened;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _redis?.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [WatchAsync];

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        if (_redis is null) await ConnectAsync();
        while (!stoppingToken.IsCancellationRequested)
        {
            Probe();
            await _probeSoon.WaitAsync(_open ? _options.ProbeInterval : _options.ProbeInterval / 5, stoppingToken);
            if (!_open || Stopwatch.GetElapsedTime(Volatile.Read(ref _answeredAt)) <= 3 * _options.ProbeInterval) continue;
            // Until the connection is restored, published messages would only pile up in memory.
            _hangs = true;
            Close("no answer");
        }
    }

    private async Task ConnectAsync()
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(_configuration);
        redis.ConnectionFailed += (_, failure) => Close(failure.FailureType.ToString());
        redis.ConnectionRestored += (_, _) =>
        {
            _hangs = false;
            _probeSoon.Set();
        };
        Try(r => _ = Listen(r.GetSubscriber(), _probe, Answered), redis);
        lock (_starting)
        {
            foreach (var action in _untilConnected!) action(redis);
            _untilConnected = null;
            _redis = redis;
        }
    }

    private void WhenConnected(Action<ConnectionMultiplexer> action)
    {
        if (_redis is { } redis)
        {
            Try(action, redis);
            return;
        }
        lock (_starting)
        {
            if (_untilConnected is { } waiting) waiting.Add(r => Try(action, r));
            else Try(action, _redis!);
        }
    }

    private void Try(Action<ConnectionMultiplexer> action, ConnectionMultiplexer redis)
    {
        try
        {
            action(redis);
        }
        catch (Exception exception)
        {
            RecordFailure(exception);
        }
    }

    // A failed command must never fail its caller, so every type is caught. StackExchange.Redis throws several unrelated ones:
    // RedisTimeoutException is a TimeoutException, RedisCommandException derives from none of the others.
    private void RecordFailure(Exception exception)
    {
        LogFailed(exception);
        if (exception is not (RedisServerException or RedisCommandException)) return;
        // OOM, READONLY, NOPERM: Redis answers but refuses, so it does not count as unreachable and would otherwise go unnoticed.
        var kind = exception.Message.Split(' ', 2)[0];
        var now = Stopwatch.GetTimestamp();
        lock (_refusals)
        {
            if (_refusals.TryGetValue(kind, out var said) && Stopwatch.GetElapsedTime(said, now) < LogInterval) return;
            _refusals[kind] = now;
        }
        LogRefused(exception.Message);
    }

    // A channel's queue keeps its messages in order; plain handlers would run concurrently. The ping is answered after the subscription.
    private static Task Listen(ISubscriber subscriber, RedisChannel channel, Action<byte[]> handler)
    {
        subscriber.Subscribe(channel, CommandFlags.FireAndForget).OnMessage(message => handler((byte[])message.Message!));
        return subscriber.PingAsync();
    }

    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    private void Probe()
    {
        if (_redis is { IsConnected: true } redis)
            Try(r => r.GetSubscriber().Publish(_probe, BitConverter.GetBytes(Stopwatch.GetTimestamp()), CommandFlags.FireAndForget), redis);
    }

    private void Answered(byte[] sentAt)
    {
        var roundTrip = Stopwatch.GetElapsedTime(BitConverter.ToInt64(sentAt));
        // A probe that was sent before the connection was lost proves nothing about now.
        if (roundTrip > 3 * _options.ProbeInterval) return;
        _metrics.RoundTrip(roundTrip);
        Volatile.Write(ref _answeredAt, Stopwatch.GetTimestamp());
        if (_open) return;
        (_open, _hangs) = (true, false);
        LogOpen();
        Raise(Restored);
    }

    private void Close(string reason)
    {
        if (!_open) return;
        _open = false;
        LogLost(reason);
        Raise(Lost);
    }

    // A handler that fails must not prevent the others from running.
    private void Raise(Action? handlers)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler();
            }
            catch (Exception exception)
            {
                LogHandlerFailed(exception);
            }
        }
    }

    [LoggerMessage(7001, LogLevel.Information, "Redis carries messages between nodes")]
    private partial void LogOpen();

    [LoggerMessage(7002, LogLevel.Warning, "Redis is away: {Reason}; nodes find changes in the database until it is back")]
    private partial void LogLost(string reason);

    [LoggerMessage(7003, LogLevel.Debug, "A command to Redis failed")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(7004, LogLevel.Warning, "Redis refuses commands: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(7005, LogLevel.Error, "A handler of Redis being lost or restored failed")]
    private partial void LogHandlerFailed(Exception exception);
}
