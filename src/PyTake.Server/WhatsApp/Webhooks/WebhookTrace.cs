using System.Diagnostics;
using PyTake.Telemetry;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Spans of items whose trace is recorded, from the start of their processing to the commit of their effect. Items are processed in batches: the
/// batch's span belongs to the first one's trace and has links to the others.
/// </summary>
internal static class WebhookTrace
{
    /// <summary>Begins the span of a batch; null if none of its items is traced.</summary>
    public static Activity? Batch(IReadOnlyList<WebhookItem> items)
    {
        if (!Tracing.Source.HasListeners()) return null;
        var traces = items.Where(item => item.TraceParent is not null).Select(item => Tracing.Read(item.TraceParent)).ToArray();
        if (traces.Length == 0) return null;
        var batch = Tracing.Continue("work on partitions", ActivityKind.Internal, traces[0], [.. traces.Skip(1).Select(t => new ActivityLink(t))]);
        batch?.SetTag("pytake.items", items.Count);
        return batch;
    }

    /// <summary>Begins the spans of traced items. A status belongs to the trace of its message, if that is recorded.</summary>
    public static void Begin(IReadOnlyList<WebhookItem> items, IReadOnlyList<WebhookUpdate> updates)
    {
        if (!Tracing.Source.HasListeners()) return;
        var here = Activity.Current;
        for (var i = 0; i < items.Count; i++) items[i].Span = Begin(items[i], updates[i]);
        Activity.Current = here;
    }

    /// <summary>Ends the spans of processed items. A span that is not ended is not exported.</summary>
    public static void End(IReadOnlyList<WebhookItem> items)
    {
        if (!Tracing.Source.HasListeners()) return;
        var here = Activity.Current;
        foreach (var item in items) item.Span?.Stop();
        Activity.Current = here;
    }

    /// <summary>Records the failure of an item.</summary>
    public static void Failed(WebhookItem item, Exception exception, string state)
    {
        using var span = Tracing.Continue("defer webhook item", ActivityKind.Consumer, Tracing.Read(item.TraceParent));
        span?.SetTag("pytake.item", item.Id).SetTag("pytake.state", state).SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
    }

    private static Activity? Begin(WebhookItem item, WebhookUpdate update)
    {
        var received = Tracing.Read(item.TraceParent);
        var message = update is StatusReceived status ? CallbackData.Trace(status.CallbackData) : default;
        var span = message == default
            ? Tracing.Continue("process webhook item", ActivityKind.Consumer, received)
            : Tracing.Continue("process webhook item", ActivityKind.Consumer, message, received == default ? null : [new ActivityLink(received)]);
        return span?.SetTag("pytake.item", item.Id).SetTag("pytake.kind", item.Kind).SetTag("pytake.partition", item.Partition);
    }
}
