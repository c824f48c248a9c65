using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Webhooks;

internal static class WebhookSetup
{
    // Failed items are tried again by their jobs; the sweep is the net.
    private static readonly TimeSpan HeadStartOfJobs = TimeSpan.FromSeconds(10);

    /// <summary>Intake on every node; lanes' workers and their sweeps where <c>Workers:Enabled</c>.</summary>
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<WebhookOptions>(WebhookOptions.Section);
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<LaneSignals>();
        services.AddSingleton<WebhookQueue>();
        services.AddSingleton<WebhookItemStore>();
        services.AddSingleton<LargeBodies>();
        services.AddSingleton<WebhookIntake>();
        services.AddHostedService(s => s.GetRequiredService<WebhookIntake>());
        services.AddSingleton<WebhookProcessor>();
        services.AddSingleton(Failures);
        services.AddSingleton<LanesApart>();
        services.AddSingleton<LaneWorker>();
        services.AddSingleton<LaneSweep>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;

        services.AddPump<LaneWorker>();
        services.AddSweep("stranded lanes", s => TimeSpan.FromMilliseconds(s.GetRequiredService<IOptions<WebhookOptions>>().Value.StrandedAfterMs),
            (s, cancellationToken) => s.GetRequiredService<LaneSweep>().RunAsync(cancellationToken));
        services.AddSweep("webhook items that waited", _ => TimeSpan.FromMilliseconds(500), RequeueAsync);
        // For itself, because what fails may take its time to do so.
        services.AddSweep("webhook retries", _ => TimeSpan.FromMilliseconds(500),
            (s, cancellationToken) => s.GetRequiredService<LaneWorker>().RetryDueAsync(HeadStartOfJobs, cancellationToken));
        services.AddRecurring("parked webhook items", _ => TimeSpan.FromMinutes(1),
            (s, cancellationToken) => s.GetRequiredService<WebhookQueue>().WakeParkedAsync(cancellationToken));
        services.AddRecurring("expired webhook items", _ => TimeSpan.FromMinutes(10),
            (s, cancellationToken) => s.GetRequiredService<WebhookQueue>().DeleteExpiredAsync(cancellationToken));
    }

    private static FailedItems Failures(IServiceProvider services)
    {
        var queue = services.GetRequiredService<WebhookQueue>();
        return new(queue.FailureAsync, queue.RecentFailuresAsync,
            (id, cancellationToken) => services.GetRequiredService<LaneWorker>().RetryAsync(id, cancellationToken));
    }

    private static async Task RequeueAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var lanes = await services.GetRequiredService<WebhookQueue>().RequeueDueAsync(cancellationToken);
        if (lanes.Length > 0) services.GetRequiredService<LaneSignals>().Stored(LaneSignals.Bits(lanes));
    }
}
