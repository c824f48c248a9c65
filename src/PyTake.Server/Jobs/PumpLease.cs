using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Jobs;

/// <summary>
/// One pump of this node: its loop, which the supervisor keeps running, and the job that is the loop's lease. The job starts the loop. If
/// the lease is lost (its job was deleted, or Hangfire's tables are locked or missing) the loop goes on, and a check each second enqueues
/// another job, which attaches to the running loop. A loop that fails ends its job with the error.
/// </summary>
internal sealed partial class PumpLease(
    IPump pump, string queue, string node, PumpJobs jobs, Supervisor supervisor, TimeProvider time, ILogger<PumpLease> logger, CancellationToken stoppingToken)
{
    private static readonly TimeSpan Check = TimeSpan.FromSeconds(1);

    // A job normally starts within milliseconds. After this the loop starts without one, because work must not wait for Hangfire.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(1.5);

    // An enqueued job that has not started by then is replaced.
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(30);

    private readonly Signal _taken = new();
    private TaskCompletionSource _run = NewRun();
    private volatile bool _isHeld, _isEnqueued;
    private bool _isLogged;
    private long _enqueuedAt;
    private string? _job;

    public string Name => pump.Name;

    /// <summary>The job's body: runs until the loop fails or the node stops. Returns at once if another job holds the lease.</summary>
    /// <exception cref="OperationCanceledException">The lease is lost; the loop goes on.</exception>
    public async Task HoldAsync(CancellationToken lost)
    {
        if (Interlocked.Exchange(ref _isHeld, true)) return;
        try
        {
            _isEnqueued = false;
            _taken.Set();
            await Volatile.Read(ref _run).Task.WaitAsync(lost);
        }
        finally
        {
            _isHeld = false;
        }
    }

    /// <summary>Keeps the loop running, and checks every second that its lease is held, until the node stops and the loop has ended.</summary>
    public async Task KeepAsync()
    {
        var loop = supervisor.RunAsync(pump.Name, RunAsync, stoppingToken);
        var enqueueing = Task.CompletedTask;
        using var timer = new PeriodicTimer(Check, time);
        do
        {
            if (!_isHeld && enqueueing.IsCompleted && !stoppingToken.IsCancellationRequested) enqueueing = EnqueueAsync();
        }
        while (await timer.TickAsync(stoppingToken));
        await loop;
        _run.SetResult();
        await enqueueing;
        await GiveUpAsync();
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _taken.WaitAsync(StartTimeout, stoppingToken);
            await pump.RunAsync(stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            Interlocked.Exchange(ref _run, NewRun()).SetException(exception);
            throw;
        }
    }

    private static TaskCompletionSource NewRun() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // On its own thread: Hangfire blocks, for a long time if its tables are locked.
    private Task EnqueueAsync() => Task.Factory.StartNew(Enqueue, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Enqueue()
    {
        if (_isEnqueued && time.GetElapsedTime(_enqueuedAt) < Overdue) return;
        try
        {
            Delete("It did not start in time");
            (_isEnqueued, _enqueuedAt) = (true, time.GetTimestamp());
            _job = jobs.Enqueue(queue, pump.Name, node);
            _isLogged = false;
        }
        catch (Exception exception)
        {
            _isEnqueued = false;
            if (!_isLogged) LogNotLeased(exception, pump.Name);
            _isLogged = true;
        }
    }

    // A job that was enqueued while the node stopped would stay in the queue indefinitely.
    private Task GiveUpAsync() => Task.Factory.StartNew(() =>
    {
        try
        {
            Delete("Its node has stopped");
        }
        catch (Exception exception)
        {
            LogNotLeased(exception, pump.Name);
        }
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Delete(string reason)
    {
        if (_isEnqueued && _job is not null) jobs.DeleteWaiting(_job, reason);
    }

    [LoggerMessage(5010, LogLevel.Warning, "The pump {Pump} has no job in Hangfire and works without one until it can be enqueued")]
    private partial void LogNotLeased(Exception exception, string pump);
}
