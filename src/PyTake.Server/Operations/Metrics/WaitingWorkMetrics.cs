using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Telemetry;

namespace PyTake.Operations;

/// <summary>
/// Gauges of the backlog in the database, from one small query every few seconds, however often the metrics are read. While the database
/// does not answer they report nothing rather than old values. Every node reports the same: use the value of one node, not the sum.
/// </summary>
internal sealed partial class WaitingWorkMetrics : NodeService
{
    private readonly WaitingWorkStore _store;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger<WaitingWorkMetrics> _logger;
    private volatile WaitingWork? _now;

    public WaitingWorkMetrics(
        IMeterFactory meters, WaitingWorkStore store, IOptions<MetricsOptions> options, TimeProvider time, Supervisor supervisor,
        ILogger<WaitingWorkMetrics> logger) : base(supervisor)
    {
        (_store, _interval, _time, _logger) = (store, options.Value.LookInterval, time, logger);
        var meter = meters.Create("PyTake.WaitingWork");
        void Gauge<T>(string name, string unit, string description, Func<WaitingWork, IEnumerable<Measurement<T>>> read) where T : struct
            => meter.CreateObservableGauge(name, () => _now is { } now ? read(now) : [], unit, description);

        Gauge<long>("pytake.webhooks.items.waiting", "{item}", "Webhook items in the queue", w => [new(w.Items)]);
        Gauge<double>("pytake.webhooks.items.oldest_age", "s", "Age of the oldest item in the queue", w => [new(w.OldestItem)]);
        Gauge<long>("pytake.webhooks.partitions.busy", "{partition}", "Partitions that have items", w => [new(w.Partitions)]);
        Gauge<long>("pytake.webhooks.partitions.deepest", "{item}", "Items of the partition that has the most", w => [new(w.DeepestPartition)]);
        Gauge<long>("pytake.webhooks.items.deferred", "{item}", "Webhook items that are deferred, by state",
            w => [new(w.Retry, Tag("state", "retry")), new(w.Parked, Tag("state", "parked")), new(w.Dead, Tag("state", "dead"))]);
        Gauge<long>("pytake.outbound.waiting", "{message}", "Messages in the outbox, by state",
            w => [new(w.Queued, Tag("state", "queued")), new(w.Sending, Tag("state", "sending")), new(w.Unknown, Tag("state", "unknown"))]);
        Gauge<double>("pytake.outbound.oldest_age", "s", "Age of the oldest message in the outbox", w => [new(w.OldestMessage)]);
        Gauge<long>("pytake.outbound.numbers.stopped", "{number}",
            "WhatsApp numbers that send nothing until their settings are saved again", w => [new(w.StoppedNumbers)]);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [LookAsync];

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        do
        {
            try
            {
                _now = await _store.LookAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (_now is not null) LogAway(exception);
                _now = null;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);

    [LoggerMessage(4001, LogLevel.Warning, "The backlog could not be read from the database")]
    private partial void LogAway(Exception exception);
}
