using System.Diagnostics.Metrics;
using PyTake.Telemetry;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Metrics of the intake and the workers.</summary>
internal sealed class WebhookMetrics
{
    public const string TooLarge = "too_large";
    public const string Signature = "signature";
    public const string Number = "number";
    public const string NotStored = "not_stored";
    public const string Busy = "busy";
    public const string Slow = "slow";
    public const string Quota = "quota";

    private readonly Counter<long> _stored, _direct, _commits, _refused, _processed, _batches, _deferred;
    private readonly Histogram<double> _storing, _lag;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("PyTake.Webhooks");
        _stored = meter.CreateCounter<long>("pytake.webhooks.items.stored", "{item}", "Updates acknowledged: stored, or applied at once");
        _direct = meter.CreateCounter<long>("pytake.webhooks.items.direct", "{item}", "Updates applied in the transaction that acknowledged them");
        _commits = meter.CreateCounter<long>("pytake.webhooks.commits", "{commit}", "Commits that acknowledged updates");
        _refused = meter.CreateCounter<long>("pytake.webhooks.refused", "{request}", "Webhooks refused, by reason");
        _processed = meter.CreateCounter<long>("pytake.webhooks.items.processed", "{item}", "Updates processed");
        _batches = meter.CreateCounter<long>("pytake.webhooks.batches", "{batch}", "Transactions that processed updates");
        _deferred = meter.CreateCounter<long>("pytake.webhooks.items.deferrals", "{item}", "Deferrals of items, by the state they went into");
        _storing = meter.CreateHistogram("pytake.webhooks.store.duration", "s", "From a webhook's receipt to its commit", advice: Buckets.Short);
        _lag = meter.CreateHistogram("pytake.webhooks.process.lag", "s", "From an update's receipt to the broadcast of its effect", advice: Buckets.Long);
        Begin();
    }

    /// <summary>One commit has acknowledged these items: some were applied by it, the others stored.</summary>
    public void Acknowledged(IEnumerable<WebhookItem> applied, IEnumerable<WebhookItem> stored, DateTime now)
    {
        var (direct, later) = (Record(applied, now), Record(stored, now));
        _direct.Add(direct);
        _stored.Add(direct + later);
        if (direct + later > 0) _commits.Add(1);
    }

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>One transaction processed these items.</summary>
    public void Processed(IReadOnlyList<WebhookItem> items, DateTime now)
    {
        _processed.Add(items.Count);
        _batches.Add(1);
        for (var i = 0; i < items.Count; i++) _lag.Record((now - items[i].ReceivedAt).TotalSeconds);
    }

    public void Deferred(string state) => _deferred.Add(1, new KeyValuePair<string, object?>("state", state));

    private int Record(IEnumerable<WebhookItem> acknowledged, DateTime now)
    {
        var count = 0;
        foreach (var item in acknowledged)
        {
            _storing.Record((now - item.ReceivedAt).TotalSeconds);
            count++;
        }
        return count;
    }

    // At zero from the start: a counter that appears with its first event hides that event from every rate.
    private void Begin()
    {
        foreach (var counter in (ReadOnlySpan<Counter<long>>)[_stored, _direct, _commits, _processed, _batches]) counter.Add(0);
        foreach (var reason in (ReadOnlySpan<string>)[TooLarge, Signature, Number, NotStored, Busy, Slow, Quota])
            _refused.Add(0, new KeyValuePair<string, object?>("reason", reason));
        foreach (var state in (ReadOnlySpan<string>)[Webhooks.DeferredItem.Retry, Webhooks.DeferredItem.Parked, Webhooks.DeferredItem.Dead])
            _deferred.Add(0, new KeyValuePair<string, object?>("state", state));
    }
}
