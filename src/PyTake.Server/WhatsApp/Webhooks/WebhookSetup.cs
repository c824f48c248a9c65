using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Webhooks;

internal static class WebhookSetup
{
    // Failed items are retried by their jobs; the sweep retries those whose jobs are missing.
    private static readonly TimeSpan HeadStartOfJobs = TimeSpan.FromSeconds(10);

    /// <summary>Intake on every node; the worker and the sweeps only with <c>Workers:Enabled</c> (default true).</summary>
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<WebhookOptions>(WebhookOptions.Section);
        services.AddFormerSetting("Webhooks:MaxItemBytes", $"an update may have {WebhookItem.MaxPayloadBytes} bytes");
        services.AddFormerSetting("Webhooks:IntakeLingerMs", "use Webhooks:IntakeBatchWindowMs");
        services.AddFormerSetting("Webhooks:WorkerLingerMs", "use Webhooks:WorkerBatchWindowMs");
        services.AddFormerSetting("Webhooks:SetAsideDays", "use Webhooks:DeferredDays");
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<PartitionSignals>();
        services.AddSingleton<Arrivals>();
        services.AddSingleton<WebhookQueue>();
        services.AddSingleton<DeferredItems>();
        services.AddSingleton<WebhookItemStore>();
        services.AddSingleton<IncomingBodies>();
        services.AddSingleton<VouchedBytes>();
        services.AddHosted<WebhookIntake>();
        services.AddSingleton<WebhookProcessor>();
        services.AddSingleton(Failures);
        services.AddSingleton<IsolatedPartitions>();
        services.AddSingleton<PartitionWorker>();
        services.AddSingleton<PartitionSweep>();
        services.AddSingleton<ICustomerRecords, CustomerUpdates>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;

        services.AddPump<PartitionWorker>();
        services.AddSweep("stranded partitions", s => TimeSpan.FromMilliseconds(s.GetRequiredService<IOptions<WebhookOptions>>().Value.StrandedAfterMs),
            (s, cancellationToken) => s.GetRequiredService<PartitionSweep>().RunAsync(cancellationToken));
        services.AddSweep("webhook items that waited", _ => TimeSpan.FromMilliseconds(500), RequeueAsync);
        // A sweep of its own, because failing items may take long to fail.
        services.AddSweep("webhook retries", _ => TimeSpan.FromSeconds(2),
            (s, cancellationToken) => s.GetRequiredService<PartitionWorker>().RetryDueAsync(HeadStartOfJobs, cancellationToken));
        services.AddRecurring("parked webhook items", _ => TimeSpan.FromMinutes(1),
            (s, cancellationToken) => s.GetRequiredService<DeferredItems>().WakeParkedAsync(cancellationToken));
        services.AddRecurring("expired webhook items", _ => TimeSpan.FromMinutes(10),
            (s, cancellationToken) => s.GetRequiredService<DeferredItems>().DeleteExpiredAsync(cancellationToken));
    }

    private static FailedItems Failures(IServiceProvider services)
    {
        var deferred = services.GetRequiredService<DeferredItems>();
        return new(deferred.FailureAsync, deferred.RecentFailuresAsync,
            (id, cancellationToken) => services.GetRequiredService<PartitionWorker>().RetryAsync(id, cancellationToken));
    }

    private static async Task RequeueAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var partitions = await services.GetRequiredService<DeferredItems>().RequeueDueAsync(cancellationToken);
        if (partitions.Length > 0) services.GetRequiredService<PartitionSignals>().Stored(PartitionSignals.Bits(partitions));
    }
}
