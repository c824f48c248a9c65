using System.Collections.Concurrent;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Partitions that are processed beside the worker, which goes on with all others: those in which an item failed, perhaps by a timeout that it
/// will run into again, and those of a batch that is slow right now.
/// </summary>
internal sealed partial class IsolatedPartitions(PartitionSignals partitions, TimeProvider time, ILogger<IsolatedPartitions> logger) : IDisposable
{
    // Most batches take a few milliseconds.
    private static readonly TimeSpan SlowAfter = TimeSpan.FromMilliseconds(100);

    // If more batches are that slow, the database is, and more concurrency would not make it faster.
    private const int MostSlowBatches = 3;

    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<short, TaskCompletionSource> _running = [];

    // Each isolated partition uses a database connection of its own.
    private readonly SemaphoreSlim _room = new(16);
    private int _slowBatches;

    /// <summary>The signalled partitions that are not isolated.</summary>
    public short[] Without(short[] signalled) => _running.IsEmpty ? signalled : Array.FindAll(signalled, partition => !_running.ContainsKey(partition));

    /// <summary>Isolates a partition until this work is done; then signals it, whatever the outcome.</summary>
    public void Begin(short partition, Func<Task> work, CancellationToken stoppingToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[partition] = done;
        _ = RunAsync([partition], done, () => WhenThereIsRoomAsync(work, stoppingToken), stoppingToken);
    }

    /// <summary>Waits briefly for a batch of the worker's; if it is not done by then, its partitions are isolated until it is.</summary>
    /// <returns>Whether it is done. Does not throw if it failed.</returns>
    public async Task<bool> IsDoneSoonAsync(Task batch, short[] signalled, CancellationToken stoppingToken)
    {
        if (Volatile.Read(ref _slowBatches) >= MostSlowBatches) await batch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else await batch.WaitAsync(SlowAfter, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (batch.IsCompleted) return true;
        Interlocked.Increment(ref _slowBatches);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // TryAdd, because the batch may have failed just now and isolated its partitions itself.
        foreach (var partition in signalled) _running.TryAdd(partition, done);
        _ = RunAsync(signalled, done, () => WaitForSlowAsync(batch), stoppingToken);
        return false;
    }

    /// <summary>Waits until all isolated partitions are done.</summary>
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

    private async Task WaitForSlowAsync(Task batch)
    {
        try
        {
            await batch;
        }
        finally
        {
            Interlocked.Decrement(ref _slowBatches);
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
        // Not those that were isolated anew meanwhile, as a batch that fails does with its partitions.
        foreach (var partition in taken) _running.TryRemove(new(partition, done));
        done.SetResult();
        partitions.Set(PartitionSignals.Bits(taken));
    }

    [LoggerMessage(3014, LogLevel.Warning, "Webhook items of partitions {Partitions} wait: their effect could not be committed")]
    private partial void LogAway(Exception exception, short[] partitions);
}
