using System.Diagnostics.Metrics;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>What the intake and its workers count.</summary>
internal sealed class WebhookMetrics
{
    private readonly Counter<long> _stored, _commits, _refused, _processed, _setAside;
    private readonly Histogram<double> _storing, _waiting;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("PyTake.Webhooks");
        _stored = meter.CreateCounter<long>("pytake.webhooks.items.stored", "{item}", "Updates stored and acknowledged");
        _commits = meter.CreateCounter<long>("pytake.webhooks.commits", "{commit}", "Commits that stored them");
        _refused = meter.CreateCounter<long>("pytake.webhooks.refused", "{request}", "Webhooks not taken, by reason");
        _processed = meter.CreateCounter<long>("pytake.webhooks.items.processed", "{item}", "Updates that had their effect");
        _setAside = meter.CreateCounter<long>("pytake.webhooks.items.set_aside", "{item}", "Updates set aside, by state");
        _storing = meter.CreateHistogram<double>("pytake.webhooks.store.duration", "s", "From receipt to commit");
        _waiting = meter.CreateHistogram<double>("pytake.webhooks.process.lag", "s", "From receipt to the commit of the effect");
    }

    public void Stored(int items, TimeSpan took)
    {
        _stored.Add(items);
        _commits.Add(1);
        _storing.Record(took.TotalSeconds);
    }

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Processed(int items, TimeSpan lagOfOldest)
    {
        _processed.Add(items);
        _waiting.Record(lagOfOldest.TotalSeconds);
    }

    public void SetAside(string state) => _setAside.Add(1, new KeyValuePair<string, object?>("state", state));
}
