using System.Diagnostics;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One update of a webhook.</summary>
/// <param name="Id">Order of arrival; null until it is stored.</param>
/// <param name="Partition">0 to <see cref="Nodes.Partitions.Count"/> - 1, by the customer's identity, so that one customer's updates stay in order.</param>
/// <param name="Attempts">How often it has failed.</param>
/// <param name="Kind">The kind of update: message, call, echo, history, status, contact, field or unreadable. For operators and queries.</param>
/// <param name="PhoneNumberId">The business number it concerns, if it names one.</param>
/// <param name="TraceParent">The trace of the request that brought it.</param>
/// <param name="Payload">A webhook with only this update in it; the unchanged body if the POST had only one.</param>
/// <param name="VouchedBy">
/// The organization whose own app secret signed it, which makes it valid for numbers of that organization alone, whenever it is processed; null if the
/// installation's did, which is valid for all.
/// </param>
internal sealed record WebhookItem(
    long? Id, short Partition, DateTime ReceivedAt, short Attempts, string Kind, string? PhoneNumberId, string? TraceParent, byte[] Payload,
    Guid? VouchedBy)
{
    /// <summary>
    /// Largest payload that is read, in bytes; a larger one is parked, because each browser would receive it as one message (compare
    /// <c>Backplane:BacklogBytes</c>). A WhatsApp text has 4,096 characters at most.
    /// </summary>
    public const int MaxPayloadBytes = 1024 * 1024;

    private WebhookUpdate? _update;

    /// <summary>What it says. Read from the payload, unless it was read when the webhook was split.</summary>
    public WebhookUpdate Update
    {
        get => _update ??= (WebhookUpdate?)TooLarge ?? WebhookReader.Read(Payload, ReceivedAt);
        init => _update = value;
    }

    /// <summary>Why it is parked without being read; null if it is not too large.</summary>
    public NotUnderstood? TooLarge => Payload.Length <= MaxPayloadBytes
        ? null
        : new(PhoneNumberId, ReceivedAt, $"The update has {Payload.Length} bytes; the most that one may have are {MaxPayloadBytes}");

    /// <summary>The WhatsApp Business Account it is about; null once it was stored.</summary>
    public string? WabaId { get; init; }

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

    /// <summary>An item that waits for an operator.</summary>
    /// <param name="days">How long it is kept.</param>
    public static DeferredItem Park(WebhookItem item, string reason, DateTime now, int days, string? waitsFor = null)
        => new(item, Parked, reason, waitsFor, null, now + TimeSpan.FromDays(days));
}
