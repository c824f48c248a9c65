using System.Diagnostics;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>A stored update that waits for its partition.</summary>
/// <param name="Id">Order of arrival.</param>
/// <param name="Attempts">How often it has failed.</param>
/// <param name="Payload">A webhook with this one update in it.</param>
internal sealed record WebhookItem(
    long Id, short Partition, DateTime ReceivedAt, short Attempts, string Kind, string? PhoneNumberId, string? TraceParent, byte[] Payload)
{
    /// <summary>What is recorded of its being worked on; null where its trace is not.</summary>
    public Activity? Span { get; set; }
}

/// <summary>An item that leaves the queue without having had its effect.</summary>
/// <param name="Error">For the operator: one sentence.</param>
/// <param name="WaitsFor">A wamid or phone_number_id; whoever brings it sets the item going again.</param>
/// <param name="RetryAt">When to try again by itself; null: it waits for a person or a fact.</param>
/// <param name="ExpiresAt">When nobody needs it any more.</param>
internal sealed record DeferredItem(WebhookItem Item, string State, string Error, string? WaitsFor, DateTime? RetryAt, DateTime? ExpiresAt)
{
    public const string Retry = "retry";
    public const string Parked = "parked";
    public const string Dead = "dead";
}
