using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Outbound;

/// <summary>A row of the outbox, as far as its result needs it.</summary>
internal record OutboxRow
{
    public required Guid MessageId { get; init; }
    /// <summary>Which row of this message: a message that is tried again by hand gets a new one.</summary>
    public required long Position { get; init; }
    public required Guid OrganizationId { get; init; }
    public required Guid ConversationId { get; init; }
    public required Guid WhatsappNumberId { get; init; }
    public required Guid ContactId { get; init; }
    /// <summary>With the one under way.</summary>
    public int Attempts { get; init; }
    public int Throttles { get; init; }
    /// <summary>The trace it was asked for in, where that is recorded.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The queue that it goes out in, in order.</summary>
    public Recipient Queue => new(WhatsappNumberId, ContactId);
}

/// <summary>A message this node has taken to send, with all that the request needs.</summary>
internal sealed record OutboundMessage : OutboxRow
{
    public required string Status { get; init; }
    public required string MessageType { get; init; }
    public required RawJson Content { get; init; }
    public required DateTime CreatedAt { get; init; }
    /// <summary>The wamid it quotes.</summary>
    public string? ReplyTo { get; init; }
    /// <summary>What Meta calls the customer: digits or a business-scoped user id.</summary>
    public required string Recipient { get; init; }
    public DateTime? WindowExpiresAt { get; init; }
    public required string PhoneNumberId { get; init; }
    public required byte[] AccessToken { get; init; }
    public bool IsActive { get; init; } = true;
    /// <summary>Which state of the number's settings the request was made with.</summary>
    public DateTime NumberUpdatedAt { get; init; }
}
