namespace PyTake.Jobs;

/// <summary>
/// One pump of this node: its loop, which never runs twice at once, and the job that is the loop's lease. The job starts the loop. If the
/// lease is lost (its job was deleted, or Hangfire's tables are locked or missing) the loop goes on, and a check each second enqueues
/// another job, which attaches to the running loop.
/// </summary>
internal sealed partial class PumpLease(
    IPump pump, string queue, string node, PumpJobs jobs, TimeProvider time, ILogger<PumpLease> logger, CancellationToken stoppingToken)
{
    private static readonly TimeSpan Check = TimeSpan.FromSeconds(1);

    // A job normally starts within milliseconds. After this the loop starts without one, because work must not wait for Hangfire.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    // An enqueued job that has not started by then is replaced.
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Task _loop = Task.CompletedTask;
    private volatile bool _isEnqueued;
    private bool _isHeld, _isLogged;
    private long _lostAt, _enqueuedAt;
    private string? _job;

    public string Name => pump.Name;

    /// <summary>The job's body: runs for as long as the loop. Returns at once if another job holds the lease.</summary>
    /// <exception cref="OperationCanceledException">The lease is lost; the loop goes on.</exception>
    public async Task HoldAsync(CancellationToken lost)
    {
        if (!TryTake()) return;
        try
        {
            var loop = Loop();
            await loop.WaitAsync(lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!loop.IsCompleted) lost.ThrowIfCancellationRequested();
            await loop;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Checks every second that the lease is held and the loop runs, until the node stops and the loop has ended.</summary>
    public async Task KeepAsync()
    {
        var enqueueing = Task.CompletedTask;
        using var timer = new PeriodicTimer(Check, time);
        Release();
        do
        {
            if (IsHeld || stoppingToken.IsCancellationRequested) continue;
            if (enqueueing.IsCompleted) enqueueing = EnqueueAsync();
            if (time.GetElapsedTime(LostAt) >= Patience) _ = Loop();
        }
        while (await timer.TickAsync(stoppingToken));
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await enqueueing;
        await GiveUpAsync();
    }

    private bool IsHeld
    {
        get { lock (_lock) return _isHeld; }
    }

    private long LostAt
    {
        get { lock (_lock) return _lostAt; }
    }

    private bool TryTake()
    {
        lock (_lock)
        {
            if (_isHeld) return false;
            (_isHeld, _isEnqueued) = (true, false);
            return true;
        }
    }

    private void Release()
    {
        lock (_lock) (_isHeld, _lostAt) = (false, time.GetTimestamp());
    }

    private Task Loop()
    {
        lock (_lock)
        {
            if (_loop.IsCompleted && !stoppingToken.IsCancellationRequested) _loop = Task.Run(RunAsync, CancellationToken.None);
            return _loop;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await pump.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            LogEnded(exception, pump.Name);
            throw;
        }
    }

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

    [LoggerMessage(5012, LogLevel.Error, "The pump {Pump} failed and is started again")]
    private partial void LogEnded(Exception exception, string pump);
}
