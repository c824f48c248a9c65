using System.Collections.Concurrent;
using PyTake.Simulator.Control;
using PyTake.Simulator.Messages;
using PyTake.Simulator.Phone;

namespace PyTake.Simulator.Webhooks;

/// <summary>
/// Sends <c>sent</c>, <c>delivered</c> and <c>read</c> for each message, one after the other. Statuses for one recipient
/// keep their order even while the webhook fails; different recipients do not wait for each other.
/// </summary>
internal sealed class AutoStatuses(
    WebhookSender webhook, SettingsHolder settings, PhoneLog log, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly string[] Course = ["sent", "delivered", "read"];

    private readonly ConcurrentDictionary<(string Number, string Recipient), Queue<Step>> _queues = new();

    /// <summary>Schedules the statuses of an accepted message, unless they are switched off.</summary>
    public void Start(OutboundMessage message)
    {
        if (!settings.Current.AutoStatuses)
            return;
        var queue = _queues.GetOrAdd((message.Number.Id, message.Recipient.Id), _ => new());
        lock (queue)
        {
            queue.Enqueue(Next(message, 0));
            // A step stays in its queue until it is done, so the caller that found the queue empty is the one to run it.
            if (queue.Count > 1)
                return;
        }
        _ = RunAsync(queue);
    }

    private async Task RunAsync(Queue<Step> queue)
    {
        Step? step;
        lock (queue)
            step = queue.Peek();
        while (step is not null)
        {
            await TakeAsync(step);
            step = Advance(queue, step);
        }
    }

    private async Task TakeAsync(Step step)
    {
        var wait = step.Due - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, lifetime.ApplicationStopping);
        log.Add(new("status") { Wamid = step.Message.Wamid, Status = Course[step.Place] });
        await webhook.DeliverAsync(
            WebhookBody.OfStatus(step.Message, Course[step.Place], time.GetUtcNow(), errors: null));
    }

    private Step? Advance(Queue<Step> queue, Step done)
    {
        // For a reaction, WhatsApp only reports that it was sent.
        var isLast = done.Place == Course.Length - 1 || done.Message.Type == "reaction";
        lock (queue)
        {
            queue.Dequeue();
            if (!isLast)
                queue.Enqueue(Next(done.Message, done.Place + 1));
            return queue.TryPeek(out var step) ? step : null;
        }
    }

    private Step Next(OutboundMessage message, int place) =>
        new(message, place, time.GetUtcNow().AddMilliseconds(settings.Current.StatusDelayMs));

    private sealed record Step(OutboundMessage Message, int Place, DateTimeOffset Due);
}
