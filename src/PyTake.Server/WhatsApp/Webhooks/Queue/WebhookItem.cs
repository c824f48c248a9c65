using System.Diagnostics;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>A stored update that waits for its partition.</summary>
/// <param name="Id">Order of arrival.</param>
/// <param name="Attempts">How often it has failed.</param>
/// <param name="Payload">A webhook with this one update in it.</param>
internal sealed record WebhookItem(
    long Id, short Partition, DateTime ReceivedAt, short Attempts, string Kind, string? PhoneNumberId, string? TraceParent, byte[] Payload)
{
    /// <summary>The span of its processing; null if its trace is not recorded.</summary>
    public Activity? Span { get; set; }
}

/// <summary>An item that leaves the queue without having been applied.</summary>
/// <param name="Error">For the operator: one sentence.</param>
/// <param name="WaitsFor">A wamid or phone_number_id, whose arrival makes the item due.</param>
/// <param name="RetryAt">When to retry it automatically; null if it waits for an operator or for what <paramref name="WaitsFor"/> names.</param>
/// <param name="ExpiresAt">When it may be deleted.</param>
internal sealed record DeferredItem(WebhookItem Item, string State, string Error, string? WaitsFor, DateTime? RetryAt, DateTime? ExpiresAt)
{
    public const string Retry = "retry";
    public const string Parked = "parked";
    public const string Dead = "dead";
}
