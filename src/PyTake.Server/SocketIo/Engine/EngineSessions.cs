using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.SocketIo.Engine;

/// <summary>This node's sessions, and one clock for all of them.</summary>
internal sealed partial class EngineSessions : NodeService
{
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, EngineSession> _sessions = new();
    private readonly TimeSpan _tick;
    private readonly ILogger<EngineSessions> _logger;
    private volatile bool _isStopping;

    public EngineSessions(
        IOptions<SocketIoOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, Supervisor supervisor, ILogger<EngineSessions> logger)
        : base(supervisor)
    {
        (Options, Time, _logger) = (options.Value, time, logger);
        (PingInterval, PingTimeout) = (Timestamps(Options.PingInterval), Timestamps(Options.PingTimeout));
        (UpgradeTimeout, ConnectTimeout) = (Timestamps(Options.UpgradeTimeout), Timestamps(Options.ConnectTimeout));
        ClosingTimeout = Timestamps(TimeSpan.FromSeconds(5));
        var shortest = Options.PingInterval < Options.PingTimeout ? Options.PingInterval : Options.PingTimeout;
        _tick = shortest / 10 < LongestTick ? shortest / 10 : LongestTick;
        lifetime.ApplicationStopping.Register(CloseAll);
    }

    public SocketIoOptions Options { get; }

    public TimeProvider Time { get; }

    // In the clock's own units.
    public long PingInterval { get; }
    public long PingTimeout { get; }
    public long UpgradeTimeout { get; }
    public long ConnectTimeout { get; }

    /// <summary>How long a client may take to hear that the node ends its session.</summary>
    public long ClosingTimeout { get; }

    public int Count => _sessions.Count;

    /// <summary>What waits in all of them.</summary>
    public long WaitingBytes => _sessions.Values.Sum(session => (long)session.WaitingBytes);

    /// <summary>Opens one.</summary>
    /// <param name="place">Begins its id, so that a proxy which chose the node by this finds it again; empty where none did.</param>
    /// <param name="begin">Called before anybody else can find it.</param>
    /// <returns>Null while the node is stopping.</returns>
    public EngineSession? Open(string place, Action<EngineSession> begin)
    {
        if (_isStopping) return null;
        var session = new EngineSession(place + SocketId.New(), this);
        begin(session);
        _sessions[session.Id] = session;
        if (_isStopping) session.Close();
        return session;
    }

    public EngineSession? Find(string id) => _sessions.GetValueOrDefault(id);

    public void Remove(EngineSession session) => _sessions.TryRemove(session.Id, out _);

    protected override IReadOnlyList<Loop> Loops => [LookAfterAllAsync];

    private async Task LookAfterAllAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_tick, Time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) LookAfterAll();
    }

    private void LookAfterAll()
    {
        var now = Time.GetTimestamp();
        foreach (var (_, session) in _sessions)
            try
            {
                session.LookAfter(now);
            }
            catch (Exception exception)
            {
                LogFailed(exception);
            }
    }

    // They come back, to another node.
    private void CloseAll()
    {
        _isStopping = true;
        foreach (var (_, session) in _sessions) session.Close();
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    [LoggerMessage(9001, LogLevel.Error, "A session could not be looked after")]
    private partial void LogFailed(Exception exception);
}
