using System.Collections.Concurrent;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Lanes in which something failed. They are done apart, beside the worker, who goes on with all others: what failed may have done so by taking its
/// time, and will take it again.
/// </summary>
internal sealed partial class LanesApart(LaneSignals lanes, TimeProvider time, ILogger<LanesApart> logger) : IDisposable
{
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<short, Task> _running = [];

    // Each has a connection to the database of its own.
    private readonly SemaphoreSlim _room = new(16);

    /// <summary>Those of the lanes that are the worker's.</summary>
    public short[] Without(short[] signalled) => _running.IsEmpty ? signalled : Array.FindAll(signalled, lane => !_running.ContainsKey(lane));

    /// <summary>Takes a lane from the worker until this is done; then it is signalled, whatever came of it.</summary>
    public void Begin(short lane, Func<Task> work, CancellationToken stoppingToken)
    {
        // It must not have ended before it is known to have begun.
        var isKnown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[lane] = RunAsync(lane, isKnown.Task, work, stoppingToken);
        isKnown.SetResult();
    }

    /// <summary>Waits until all are done that are under way.</summary>
    /// <returns>Whether any was.</returns>
    public async Task<bool> EndAsync()
    {
        Task[] running = [.. _running.Values];
        await Task.WhenAll(running);
        return running.Length > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private async Task RunAsync(short lane, Task isKnown, Func<Task> work, CancellationToken stoppingToken)
    {
        await isKnown;
        try
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
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Another node takes it.
        }
        catch (Exception exception)
        {
            LogAway(exception, lane);
            await Task.Delay(BackOff, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        _running.TryRemove(lane, out _);
        lanes.Set(LaneSignals.Bits([lane]));
    }

    [LoggerMessage(3014, LogLevel.Warning, "Webhook items of lane {Lane} wait: the database did not take their effect")]
    private partial void LogAway(Exception exception, short lane);
}
