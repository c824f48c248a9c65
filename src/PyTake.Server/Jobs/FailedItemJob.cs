using Hangfire;

namespace PyTake.Jobs;

/// <summary>The job of an item that failed. Running it tries the item again, whether it was due or an operator requeued it.</summary>
[AutomaticRetry(Attempts = 5, DelaysInSeconds = [1, 5, 15, 60, 300], ExceptOn = [typeof(ItemFailedException)]), Queue(Queues.Maintenance)]
internal sealed class FailedItemJob(FailedItems items, FailedItemJobs jobs)
{
    [JobDisplayName("webhook item {0}")]
    public async Task RunAsync(long itemId, CancellationToken cancellationToken)
    {
        await items.RetryAsync(itemId, cancellationToken);
        await jobs.RemoveUnlessFailedAsync(itemId, cancellationToken);
    }
}

/// <summary>Carries an item's error into the dashboard.</summary>
internal sealed class ItemFailedException(string message) : Exception(message);
