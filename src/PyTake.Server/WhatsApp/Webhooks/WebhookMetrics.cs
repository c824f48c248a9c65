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

    private readonly Counter<long> _stored, _commits, _refused, _processed, _batches, _deferred;
    private readonly Histogram<double> _storing, _lag;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("PyTake.Webhooks");
        _stored = meter.CreateCounter<long>("pytake.webhooks.items.stored", "{item}", "Updates stored and acknowledged");
        _commits = meter.CreateCounter<long>("pytake.webhooks.commits", "{commit}", "Commits that stored updates");
        _refused = meter.CreateCounter<long>("pytake.webhooks.refused", "{request}", "Webhooks refused, by reason");
        _processed = meter.CreateCounter<long>("pytake.webhooks.items.processed", "{item}", "Updates processed");
        _batches = meter.CreateCounter<long>("pytake.webhooks.batches", "{batch}", "Transactions that processed updates");
        _deferred = meter.CreateCounter<long>("pytake.webhooks.items.deferrals", "{item}", "Deferrals of items, by the state they went into");
        _storing = meter.CreateHistogram("pytake.webhooks.store.duration", "s", "From a webhook's receipt to its commit", advice: Buckets.Short);
        _lag = meter.CreateHistogram("pytake.webhooks.process.lag", "s", "From an update's receipt to the broadcast of its effect", advice: Buckets.Long);
        Begin();
    }

    /// <summary>One commit stored this many items.</summary>
    public void Stored(int items)
    {
        _stored.Add(items);
        _commits.Add(1);
    }

    /// <summary>A webhook was stored this long after it was received.</summary>
    public void Acknowledged(TimeSpan after) => _storing.Record(after.TotalSeconds);

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>One transaction processed these items.</summary>
    public void Processed(IReadOnlyList<WebhookItem> items, DateTime now)
    {
        _processed.Add(items.Count);
        _batches.Add(1);
        for (var i = 0; i < items.Count; i++) _lag.Record((now - items[i].ReceivedAt).TotalSeconds);
    }

    public void Deferred(string state) => _deferred.Add(1, new KeyValuePair<string, object?>("state", state));

    // At zero from the start: a counter that appears with its first event hides that event from every rate.
    private void Begin()
    {
        foreach (var counter in (ReadOnlySpan<Counter<long>>)[_stored, _commits, _processed, _batches]) counter.Add(0);
        foreach (var reason in (ReadOnlySpan<string>)[TooLarge, Signature, Number, NotStored, Busy])
            _refused.Add(0, new KeyValuePair<string, object?>("reason", reason));
        foreach (var state in (ReadOnlySpan<string>)[Webhooks.DeferredItem.Retry, Webhooks.DeferredItem.Parked, Webhooks.DeferredItem.Dead])
            _deferred.Add(0, new KeyValuePair<string, object?>("state", state));
    }
}
