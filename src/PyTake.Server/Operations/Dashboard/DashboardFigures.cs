using PyTake.Jobs;
using PyTake.Nodes;

namespace PyTake.Operations;

/// <summary>
/// The dashboard's figures, from the same snapshots as the operations page. Snapshots are taken while somebody has the dashboard open, and
/// for some seconds longer.
/// </summary>
internal sealed class DashboardFigures(OperationsFeed feed, NodeRegistry nodes, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<(DateTime At, long Count)> _counts = [];
    private TaskCompletionSource<OperationsSnapshot>? _latest;
    private long _askedAt;

    /// <summary>The latest figures; the first call may take a second. Null if the database does not answer in time.</summary>
    public async Task<WorkFigures?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return FiguresOf(await Watched().WaitAsync(QueryTimeout, time, cancellationToken));
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    private Task<OperationsSnapshot> Watched()
    {
        lock (_lock)
        {
            _askedAt = time.GetTimestamp();
            if (_latest is not null) return _latest.Task;
            _latest = New();
            _ = Task.Run(WatchAsync);
            return _latest.Task;
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var snapshot in feed.WatchAsync(lifetime.ApplicationStopping))
                if (!Take(snapshot)) return;
        }
        catch (OperationCanceledException)
        {
            Forget();
        }
    }

    /// <returns>Whether the figures were requested recently.</returns>
    private bool Take(OperationsSnapshot snapshot)
    {
        lock (_lock)
        {
            if (!_latest!.TrySetResult(snapshot)) (_latest = New()).SetResult(snapshot);
            _counts.Enqueue((snapshot.At, snapshot.Times.WebhookToBrowser.Count));
            while (snapshot.At - _counts.Peek().At > Window) _counts.Dequeue();
            if (time.GetElapsedTime(_askedAt) < Idle) return true;
            Forget();
            return false;
        }
    }

    private void Forget()
    {
        lock (_lock)
        {
            _latest?.TrySetCanceled();
            _latest = null;
            _counts.Clear();
        }
    }

    private WorkFigures? FiguresOf(OperationsSnapshot snapshot)
    {
        if (snapshot is not { Items: { } items, Partitions: { } partitions, Outbound: { } outbound }) return null;
        var busy = partitions.ToDictionary(partition => partition.Partition);
        var names = snapshot.Nodes.ToDictionary(node => node.Id, node => node.Name);
        PartitionFigures Partition(short number) => new(
            number, nodes.Owner(number) is { } owner ? names.GetValueOrDefault(owner) : null,
            busy.GetValueOrDefault(number)?.Depth ?? 0, TimeSpan.FromMilliseconds(busy.GetValueOrDefault(number)?.OldestAgeMs ?? 0));
        return new(
            ItemsAMinute(), items.Waiting, TimeSpan.FromMilliseconds(partitions.Select(partition => partition.OldestAgeMs).DefaultIfEmpty().Max()),
            items.Retry + items.Parked, items.Dead, outbound.Queued + outbound.Sending + outbound.Unknown,
            [.. Enumerable.Range(0, Partitions.Count).Select(number => Partition((short)number))]);
    }

    // Skips the first snapshot, whose count covers the time before it.
    private double? ItemsAMinute()
    {
        lock (_lock)
        {
            if (_counts.Count < 2) return null;
            var seconds = (_counts.Last().At - _counts.Peek().At).TotalSeconds;
            return seconds > 0 ? _counts.Skip(1).Sum(second => second.Count) * 60 / seconds : null;
        }
    }

    private static TaskCompletionSource<OperationsSnapshot> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
