using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace PyTake.Operations;

/// <summary>
/// Adds a thread to .NET's pool when all of its threads are blocked. The pool has only as many as the node has cores, so a single one
/// that blocks in the kernel delays everything; the pool itself notices only after half a second to a second (its gate thread, in .NET's
/// PortableThreadPool), and never removes the thread that it adds.
/// </summary>
internal sealed partial class ThreadPoolWatch : IHostedService
{
    /// <summary>How often <see cref="Look"/> is called.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the pool must have made progress before the added threads are removed.</summary>
    public static readonly TimeSpan CalmAfter = TimeSpan.FromSeconds(10);

    // A single look without progress may just be a long work item, or a slow machine.
    private const int StallAfterLooks = 2;

    // If this many do not help, more will not either.
    private const int MostAdded = 32;

    private readonly WorkerThreads _threads;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<ThreadPoolWatch> _logger;
    private readonly Counter<long> _stalls;
    private readonly int _usual;
    private volatile bool _stopping;
    private long _completed;
    private int _looksWithoutProgress;
    private int _added;
    private long _stalledAt;

    public ThreadPoolWatch(
        WorkerThreads threads, IOptions<ThreadPoolSettings> options, IHostApplicationLifetime lifetime, IMeterFactory meters, TimeProvider time,
        ILogger<ThreadPoolWatch> logger)
    {
        (_threads, _lifetime, _time, _logger, _usual) = (threads, lifetime, time, logger, options.Value.MinThreads);
        _stalls = meters.Create("PyTake.Node").CreateCounter<long>("pytake.node.pool_stalls", "{stall}", "Times that all threads of .NET's pool were blocked");
        _stalls.Add(0);
        threads.Set(_usual);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Before that, JIT compilation keeps the threads busy, and no user has to wait.
        _lifetime.ApplicationStarted.Register(() => new Thread(Watch) { IsBackground = true, Name = "Thread pool watch" }.Start());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.CompletedTask;
    }

    /// <summary>
    /// Checks whether work waits and the pool has completed nothing since the last look, and adds or removes threads accordingly. It queues nothing
    /// itself, which would wake an idle node twenty times a second.
    /// </summary>
    internal void Look()
    {
        var completed = _threads.Completed;
        var isStuck = completed == _completed && _threads.Waiting > 0;
        _completed = completed;
        _looksWithoutProgress = isStuck ? _looksWithoutProgress + 1 : 0;
        if (_looksWithoutProgress >= StallAfterLooks && _added < MostAdded) AddThread();
        if (!isStuck && _added > 0 && _time.GetElapsedTime(_stalledAt) > CalmAfter) RemoveAddedThreads();
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
                Thread.Sleep(CalmAfter);
            }
            Thread.Sleep(Every);
        }
    }

    private void AddThread()
    {
        _looksWithoutProgress = 0;
        _stalledAt = _time.GetTimestamp();
        _threads.Set(_usual + ++_added);
        _stalls.Add(1);
        LogStalled(_usual + _added);
    }

    private void RemoveAddedThreads()
    {
        _added = 0;
        _threads.Set(_usual);
    }

    [LoggerMessage(8020, LogLevel.Warning, "All threads of .NET's pool are blocked: it has {Threads} now")]
    private partial void LogStalled(int threads);

    [LoggerMessage(8021, LogLevel.Error, "The check of .NET's pool failed")]
    private partial void LogFailed(Exception exception);
}
