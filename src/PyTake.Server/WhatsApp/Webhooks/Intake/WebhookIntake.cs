using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Stores webhooks durably that the worker of this node has not applied at once. One writer per node stores everything that waits with one insert
/// and one commit: a synced write costs the disk milliseconds, so requests share it.
/// </summary>
internal sealed partial class WebhookIntake(
    Arrivals arrivals, WebhookQueue queue, PartitionSignals partitions, WebhookMetrics metrics, TimeProvider time, IOptions<WebhookOptions> options,
    Supervisor supervisor, ILogger<WebhookIntake> logger) : NodeService(supervisor)
{
    private const int MaxItems = 4000, MaxBytes = 32 << 20;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        arrivals.Close();
        while (await arrivals.ClaimOverdueAsync(MaxItems, MaxBytes, CancellationToken.None) is { } claim) await StoreAsync(claim);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [StoreAsync];

    private async Task StoreAsync(CancellationToken stoppingToken)
    {
        while (await arrivals.ClaimOverdueAsync(MaxItems, MaxBytes, stoppingToken) is { } claim)
        {
            await StoreAsync(claim);
            if (claim.Items.Length >= options.Value.LargeBatch) await Task.Delay(options.Value.IntakeBatchWindowMs, stoppingToken);
        }
    }

    private async Task StoreAsync(Arrivals.Claim claim)
    {
        await StoreAsync(claim.Deliveries);
        claim.Acknowledge();
    }

    private async Task StoreAsync(IReadOnlyList<Arrivals.Delivery> deliveries)
    {
        try
        {
            WebhookItem[] items = [.. deliveries.SelectMany(delivery => delivery.Items)];
            DeferredItem[] parked = [.. Park(items)];
            await queue.InsertAsync([.. items.Where(item => item.TooLarge is null)], parked);
            metrics.Acknowledged([], items, time.UtcNow());
            foreach (var item in parked) metrics.Deferred(item.State);
            partitions.Stored(PartitionSignals.Bits(items.Select(item => item.Partition)));
        }
        catch (PostgresException) when (deliveries.Count > 1)
        {
            // A webhook that PostgreSQL refuses must not fail its neighbours.
            foreach (var delivery in deliveries) await StoreAsync([delivery]);
        }
        catch (Exception exception)
        {
            LogNotStored(exception, deliveries.Count);
            foreach (var delivery in deliveries) delivery.Refuse(exception);
        }
    }

    // In the queue they would only be taken to be parked, all their bytes once more, while others wait.
    private IEnumerable<DeferredItem> Park(IEnumerable<WebhookItem> items)
    {
        foreach (var item in items)
            if (item.TooLarge is { } tooLarge) yield return DeferredItem.Park(item, tooLarge.Reason, time.UtcNow(), options.Value.DeferredDays);
    }

    [LoggerMessage(3001, LogLevel.Warning, "{Count} webhooks could not be stored; they are answered with 503")]
    private partial void LogNotStored(Exception exception, int count);
}
