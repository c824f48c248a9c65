using System.Threading.Channels;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using PyTake.Hosting;

namespace PyTake.Jobs;

/// <summary>
/// Keeps one job for each failed item, in the state that matches the item's row: scheduled for its next attempt with the error as reason,
/// or failed with the error if it is dead-lettered. The row is the truth; <see cref="CatchUp"/> repairs what a lost notification left out.
/// </summary>
internal sealed partial class FailedItemJobs(
    FailedItems items, IBackgroundJobClient client, JobStorage storage, Supervisor supervisor, ILogger<FailedItemJobs> logger) : NodeService(supervisor)
{
    private const string JobField = "job";

    // Decouples the partitions, which must not wait for Hangfire. When it is full items are dropped and CatchUp finds them.
    private readonly Channel<long> _changed = Channel.CreateBounded<long>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Creates the jobs of items whose notification was lost.</summary>
    public Recurring CatchUp => new("failed items without a job", TimeSpan.FromMinutes(1), OnEachNode: false, CatchUpAsync);

    /// <summary>Call after an attempt: removes the job unless the item failed again.</summary>
    public async Task RemoveUnlessFailedAsync(long itemId, CancellationToken cancellationToken)
    {
        if (await items.FindAsync(itemId, cancellationToken) is null) RemoveJob(itemId);
    }

    protected override IReadOnlyList<Loop> Loops => [ShowAllAsync];

    private async Task ShowAllAsync(CancellationToken stoppingToken)
    {
        items.Changed += Enqueue;
        try
        {
            await foreach (var itemId in _changed.Reader.ReadAllAsync(stoppingToken)) await TryShowAsync(itemId, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            items.Changed -= Enqueue;
        }
    }

    private void Enqueue(long itemId) => _changed.Writer.TryWrite(itemId);

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        foreach (var itemId in await items.RecentAsync(cancellationToken))
            if (JobOf(itemId) is null) await ShowAsync(itemId, cancellationToken);
    }

    private async Task TryShowAsync(long itemId, CancellationToken cancellationToken)
    {
        try
        {
            await ShowAsync(itemId, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotShown(exception, itemId);
        }
    }

    private async Task ShowAsync(long itemId, CancellationToken cancellationToken)
    {
        var failure = await items.FindAsync(itemId, cancellationToken);
        await Task.Run(() => Show(itemId, failure), cancellationToken);
    }

    private void Show(long itemId, Failure? failure)
    {
        var job = JobOf(itemId);
        if (failure is null)
        {
            if (job is null) return;
            client.ChangeState(job, new DeletedState { Reason = "The item was replayed or discarded" });
            RemoveJob(itemId);
            return;
        }
        if (job is not null && client.ChangeState(job, StateOf(failure))) return;
        SaveJob(itemId, client.Create(Job.FromExpression<FailedItemJob>(j => j.RunAsync(itemId, CancellationToken.None)), StateOf(failure)));
    }

    private static IState StateOf(Failure failure) => failure.RetryAt is { } retryAt
        ? new ScheduledState(retryAt) { Reason = failure.Error }
        : new FailedState(new ItemFailedException(failure.Error)) { Reason = "The item has used up its attempts; requeue the job to replay it" };

    private string? JobOf(long itemId)
    {
        using var connection = (JobStorageConnection)storage.GetConnection();
        return connection.GetValueFromHash(KeyOf(itemId), JobField);
    }

    private void SaveJob(long itemId, string job) => Write(transaction => transaction.SetRangeInHash(KeyOf(itemId), [new(JobField, job)]));

    private void RemoveJob(long itemId) => Write(transaction => transaction.RemoveHash(KeyOf(itemId)));

    private void Write(Action<IWriteOnlyTransaction> write)
    {
        using var connection = storage.GetConnection();
        using var transaction = connection.CreateWriteTransaction();
        write(transaction);
        transaction.Commit();
    }

    private static string KeyOf(long itemId) => $"pytake:webhook-item:{itemId}";

    [LoggerMessage(5011, LogLevel.Warning, "The job of failed item {ItemId} could not be updated; the next check repairs it")]
    private partial void LogNotShown(Exception exception, long itemId);
}
