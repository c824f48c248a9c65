using Hangfire;
using Hangfire.Common;
using Hangfire.States;

namespace PyTake.Jobs;

/// <summary>
/// Keeps one drain of this node going while there is work: a signal that finds it running costs nothing, one that does not enqueues its
/// job, once. That another node may fetch the job is fine, since it looks into the tables first; if it does not start here for a moment
/// and work still waits, another is enqueued. Nothing of this outlives the process, so a crash leaves nothing stuck.
/// </summary>
internal sealed partial class DrainStarter(
    IDrain drain, IBackgroundJobClient client, JobStorage storage, HangfireSettings settings, TimeProvider time, ILogger<DrainStarter> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(1);

    // A server's id is its name, its process and a random part.
    private readonly string _server = settings.DrainServer + ":";
    private readonly SemaphoreSlim _signalled = new(0, 1);
    private volatile TaskCompletionSource _started = New();
    private volatile bool _failed;
    private int _running;

    /// <summary>The drain itself, for as long as it has work; nothing where it runs on this node already.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _running, 1) == 1) return;
        _started.TrySetResult();
        try
        {
            await drain.RunAsync(settings.Linger, cancellationToken);
        }
        catch
        {
            _failed = true;
            throw;
        }
        finally
        {
            _started = New();
            Interlocked.Exchange(ref _running, 0);
            // What was signalled after the loop's last look found it running, as it seemed.
            if (drain.HasWork) Signal();
        }
    }

    /// <summary>Enqueues the drain's job whenever there is work and it does not run, until the node stops.</summary>
    public async Task StartWhenSignalledAsync(CancellationToken stoppingToken)
    {
        drain.Signalled += Signal;
        try
        {
            while (true)
            {
                await _signalled.WaitAsync(stoppingToken);
                while (drain.HasWork && Volatile.Read(ref _running) == 0) await StartAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            drain.Signalled -= Signal;
        }
    }

    private void Signal()
    {
        if (Volatile.Read(ref _running) == 1 || _signalled.CurrentCount > 0) return;
        // Two at once may both try; one permit is enough.
        try { _signalled.Release(); } catch (SemaphoreFullException) { }
    }

    private async Task StartAsync(CancellationToken stoppingToken)
    {
        try
        {
            // A bug, which must not fill Hangfire's tables.
            if (_failed) await Task.Delay(BackOff, time, stoppingToken);
            _failed = false;
            var started = _started.Task;
            var job = await Task.Run(Enqueue, stoppingToken);
            do await Task.WhenAny(started, Task.Delay(Patience, time, stoppingToken));
            while (!started.IsCompleted && !stoppingToken.IsCancellationRequested && await Task.Run(() => WillStartHere(job), stoppingToken));
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The database is away, most likely; the work is there and will be done when it is back.
            LogNotStarted(exception, drain.Name);
            await Task.Delay(BackOff, time, stoppingToken);
        }
    }

    private string Enqueue() => client.Create(
        Job.FromExpression<DrainJob>(job => job.RunAsync(drain.Queue, drain.Name, CancellationToken.None)), new EnqueuedState());

    // Or may: nobody has fetched it yet.
    private bool WillStartHere(string job)
    {
        using var connection = storage.GetConnection();
        var state = connection.GetStateData(job);
        return state?.Name == EnqueuedState.StateName
            || state?.Name == ProcessingState.StateName && state.Data["ServerId"].StartsWith(_server, StringComparison.OrdinalIgnoreCase);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(5010, LogLevel.Warning, "The drain {Drain} could not be started and will be tried again")]
    private partial void LogNotStarted(Exception exception, string drain);
}
