using System.Text.Json.Serialization;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// A message, note or system line of a conversation, as REST and events show it (CONTRACT, section 4). <see cref="Seq"/> is the
/// position of its last change in the conversation's stream.
/// </summary>
public sealed record Message : IStreamEvent
{
    public required Guid Id { get; init; }
    public required Guid ConversationId { get; init; }
    public required string Direction { get; init; }
    public required string SenderType { get; init; }
    public Guid? SenderUserId { get; init; }
    public required string MessageType { get; init; }
    public required RawJson Content { get; init; }
    public required string Status { get; init; }
    public string? WhatsappMessageId { get; init; }
    public Guid? ReplyToMessageId { get; init; }
    public required DateTime CreatedAt { get; init; }
    public DateTime? SentAt { get; init; }
    public DateTime? DeliveredAt { get; init; }
    public DateTime? ReadAt { get; init; }
    public DateTime? FailedAt { get; init; }
    public string? ErrorCode { get; init; }
    public string? ErrorMessage { get; init; }
    public long Seq { get; init; }
    /// <summary>By Meta's clock for messages from WhatsApp, by ours for the rest.</summary>
    public required DateTime OccurredAt { get; init; }
    public string? ClientMessageId { get; init; }
    public RawJson Reactions { get; init; } = RawJson.EmptyArray;
    public RawJson? Media { get; init; }

    /// <summary>Who controlled the conversation when it came, if that was somebody else (<see cref="ConversationControl"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ControlledBy
    {
        get
        {
            if (Meta is not { } meta || !meta.Text.Contains("\"controlled_by\"", StringComparison.Ordinal)) return null;
            using var document = meta.Parse();
            return document.RootElement.TryGetProperty("controlled_by", out var owner) ? owner.TextOrNull() : null;
        }
    }

    /// <summary>The advertisement or post that the customer came from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Referral? Referral => MessageFacts.Referral(Meta);

    /// <summary><c>true</c>, or <c>"many"</c> where it was forwarded more than five times.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Forwarded => MessageFacts.Forwarded(Meta);

    /// <summary>The product that the customer asks about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReferredProduct? ReferredProduct => MessageFacts.ReferredProduct(Meta);

    /// <summary>What became of the payment that the message asks for; its ticks say nothing about that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Payment? Payment => MessageFacts.Payment(Meta);

    /// <summary>What Meta charges for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Pricing? Pricing => MessageFacts.Pricing(Meta);

    /// <summary>The position at which it was created: a client that knows the stream up to an earlier one can tell new messages from changed ones.</summary>
    public long CreatedSeq { get; init; }

    // Stored with the row, never sent to clients.
    internal int? InboundNumber { get; init; }
    internal string? ReplyToWhatsappMessageId { get; init; }
    internal RawJson? Meta { get; init; }
}

/// <summary>The values of <see cref="Message.Direction"/>.</summary>
public static class Direction
{
    public const string Inbound = "inbound";
    public const string Outbound = "outbound";
}

/// <summary>The values of <see cref="Message.SenderType"/>.</summary>
public static class SenderType
{
    public const string Contact = "contact";
    public const string Agent = "agent";
    public const string Bot = "bot";
    public const string System = "system";
}
