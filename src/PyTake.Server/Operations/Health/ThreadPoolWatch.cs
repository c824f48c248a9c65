using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace PyTake.Operations;

/// <summary>
/// Gives .NET's pool another thread when all that it has stand still. It has as few as the node has cores, so one that waits for the
/// kernel holds up everything; the pool itself notices that after half a second to a second (its gate thread, in .NET's
/// PortableThreadPool), and never takes the thread back that it adds.
/// </summary>
internal sealed partial class ThreadPoolWatch : IHostedService
{
    /// <summary>How often <see cref="Look"/> is called.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the pool must have gone on before it has its usual threads again.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    // One look without progress may be a work item that is just long, or a machine that is.
    private const int LooksThatStandStill = 2;

    // What so many do not set going, more will not.
    private const int MostAdded = 32;

    private readonly WorkerThreads _threads;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<ThreadPoolWatch> _logger;
    private readonly Counter<long> _stalls;
    private readonly int _usual;
    private volatile bool _stopping;
    private volatile bool _answered = true;
    private long _completed;
    private int _still;
    private int _added;
    private long _stalledAt;

    public ThreadPoolWatch(
        WorkerThreads threads, IOptions<ThreadPoolSettings> options, IHostApplicationLifetime lifetime, IMeterFactory meters, TimeProvider time,
        ILogger<ThreadPoolWatch> logger)
    {
        (_threads, _lifetime, _time, _logger, _usual) = (threads, lifetime, time, logger, options.Value.MinThreads);
        _stalls = meters.Create("PyTake.Node").CreateCounter<long>("pytake.node.pool_stalls", "{stall}", "Times that all threads of .NET's pool stood still");
        _stalls.Add(0);
        threads.Set(_usual);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Until then there is much to compile, and nobody to hold up.
        _lifetime.ApplicationStarted.Register(() => new Thread(Watch) { IsBackground = true, Name = "Thread pool watch" }.Start());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.CompletedTask;
    }

    /// <summary>Whether the pool went on since the last look, and what follows from that.</summary>
    internal void Look()
    {
        var completed = _threads.Completed;
        var goesOn = _answered || completed != _completed;
        _completed = completed;
        _still = goesOn ? 0 : _still + 1;
        if (_still >= LooksThatStandStill && _added < MostAdded) Help();
        if (!_answered) return;
        if (_added > 0 && _time.GetElapsedTime(_stalledAt) > Calm) Withdraw();
        _answered = false;
        _threads.Queue(() => _answered = true);
    }

    private void Watch()
    {
        while (!_stopping)
        {
            // An exception that leaves a thread ends the process.
            try
            {
                Look();
            }
            catch (Exception exception)
            {
                LogFailed(exception);
                Thread.Sleep(Calm);
            }
            Thread.Sleep(Every);
        }
    }

    private void Help()
    {
        _still = 0;
        _stalledAt = _time.GetTimestamp();
        _threads.Set(_usual + ++_added);
        _stalls.Add(1);
        LogStalled(_usual + _added);
    }

    private void Withdraw()
    {
        _added = 0;
        _threads.Set(_usual);
    }

    [LoggerMessage(8020, LogLevel.Warning, "All threads of .NET's pool stand still: it has {Threads} now")]
    private partial void LogStalled(int threads);

    [LoggerMessage(8021, LogLevel.Error, ".NET's pool could not be looked at")]
    private partial void LogFailed(Exception exception);
}
