using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PyTake.Hosting;

namespace PyTake.SocketIo.Engine;

/// <summary>This node's sessions, and one timer for all of them.</summary>
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

    // In units of the clock's timestamps.
    public long PingInterval { get; }
    public long PingTimeout { get; }
    public long UpgradeTimeout { get; }
    public long ConnectTimeout { get; }

    /// <summary>How long a client may take to receive what is left when the node ends its session.</summary>
    public long ClosingTimeout { get; }

    public int Count => _sessions.Count;

    /// <summary>Bytes that wait in all sessions.</summary>
    public long WaitingBytes => _sessions.Values.Sum(session => (long)session.WaitingBytes);

    /// <summary>Opens a session.</summary>
    /// <param name="place">Prefix of its id, by which a proxy routes later requests to the same node; empty without such a proxy.</param>
    /// <param name="begin">Called before the session can be found.</param>
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

    // The clients reconnect to another node.
    private void CloseAll()
    {
        _isStopping = true;
        foreach (var (_, session) in _sessions) session.Close();
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    [LoggerMessage(9001, LogLevel.Error, "A session's timeouts could not be checked")]
    private partial void LogFailed(Exception exception);
}
