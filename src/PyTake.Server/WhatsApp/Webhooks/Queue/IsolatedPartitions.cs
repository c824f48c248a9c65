using System.Collections.Concurrent;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Partitions that are done isolated, beside the worker, who goes on with all others: those in which something failed, which may have done so by taking its
/// time and will take it again, and those of a batch that takes its time now.
/// </summary>
internal sealed partial class IsolatedPartitions(PartitionSignals partitions, TimeProvider time, ILogger<IsolatedPartitions> logger) : IDisposable
{
    // Most batches take a few milliseconds.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    // Where more take so long, it is the database that is slow, and more at a time make it no faster.
    private const int MostLeft = 3;

    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<short, TaskCompletionSource> _running = [];

    // Each has a connection to the database of its own.
    private readonly SemaphoreSlim _room = new(16);
    private int _left;

    /// <summary>Those of the partitions that are the worker's.</summary>
    public short[] Without(short[] signalled) => _running.IsEmpty ? signalled : Array.FindAll(signalled, partition => !_running.ContainsKey(partition));

    /// <summary>Takes a partition from the worker until this is done; then it is signalled, whatever came of it.</summary>
    public void Begin(short partition, Func<Task> work, CancellationToken stoppingToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[partition] = done;
        _ = RunAsync([partition], done, () => WhenThereIsRoomAsync(work, stoppingToken), stoppingToken);
    }

    /// <summary>Waits for a batch of the worker's, but not long: then its partitions are taken from the worker until it is done.</summary>
    /// <returns>Whether it is done. Where it failed, nothing is thrown here.</returns>
    public async Task<bool> IsDoneSoonAsync(Task batch, short[] signalled, CancellationToken stoppingToken)
    {
        if (Volatile.Read(ref _left) >= MostLeft) await batch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else await batch.WaitAsync(Patience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (batch.IsCompleted) return true;
        Interlocked.Increment(ref _left);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Not where the batch has failed this very moment, and has begun its partitions itself.
        foreach (var partition in signalled) _running.TryAdd(partition, done);
        _ = RunAsync(signalled, done, () => LeftAsync(batch), stoppingToken);
        return false;
    }

    /// <summary>Waits until all are done that are under way.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> EndAsync()
    {
        var any = false;
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Values.Select(done => done.Task));
            any = true;
        }
        return any;
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private async Task WhenThereIsRoomAsync(Func<Task> work, CancellationToken stoppingToken)
    {
        await _room.WaitAsync(stoppingToken);
        try
        {
            await work();
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task LeftAsync(Task batch)
    {
        try
        {
            await batch;
        }
        finally
        {
            Interlocked.Decrement(ref _left);
        }
    }

    private async Task RunAsync(short[] taken, TaskCompletionSource done, Func<Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Another node takes them.
        }
        catch (Exception exception)
        {
            LogAway(exception, taken);
            await Task.Delay(BackOff, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // Not those that have begun anew meanwhile: a batch that fails does its partitions isolated.
        foreach (var partition in taken) _running.TryRemove(new(partition, done));
        done.SetResult();
        partitions.Set(PartitionSignals.Bits(taken));
    }

    [LoggerMessage(3014, LogLevel.Warning, "Webhook items of partitions {Partitions} wait: the database did not take their effect")]
    private partial void LogAway(Exception exception, short[] partitions);
}
