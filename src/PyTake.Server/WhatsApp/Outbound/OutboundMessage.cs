using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Outbound;

/// <summary>The part of an outbox row that is needed to write its result.</summary>
internal record OutboxRow
{
    public required Guid MessageId { get; init; }
    /// <summary>Tells the rows of one message apart: sending it again by hand makes a new one.</summary>
    public required long Position { get; init; }
    public required Guid OrganizationId { get; init; }
    public required Guid ConversationId { get; init; }
    public required Guid WhatsappNumberId { get; init; }
    public required Guid ContactId { get; init; }
    /// <summary>Including the one under way.</summary>
    public int Attempts { get; init; }
    public int Throttles { get; init; }
    /// <summary>The trace of the request that queued it, if recorded.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The recipient queue, whose messages are sent in order.</summary>
    public Recipient Queue => new(WhatsappNumberId, ContactId);
}

/// <summary>A message that this node has claimed, with everything the request needs.</summary>
internal sealed record OutboundMessage : OutboxRow
{
    public Guid ClaimId { get; init; }
    public required string Status { get; init; }
    public required string MessageType { get; init; }
    public required RawJson Content { get; init; }
    public required DateTime CreatedAt { get; init; }
    /// <summary>The wamid of the message it replies to.</summary>
    public string? ReplyTo { get; init; }
    /// <summary>Meta's id of the customer: digits or a business-scoped user id. Null if their number is another customer's now and nothing else is known.</summary>
    public string? Recipient { get; init; }
    /// <summary>The user ids that the customer is known by.</summary>
    public string[] UserIds { get; init; } = [];
    public DateTime? WindowExpiresAt { get; init; }
    public required string PhoneNumberId { get; init; }
    public required byte[] AccessToken { get; init; }
    public bool IsActive { get; init; } = true;
    /// <summary>The version of the number's settings that the request is made with.</summary>
    public DateTime NumberUpdatedAt { get; init; }
}
