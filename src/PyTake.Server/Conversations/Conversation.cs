using System.Text.Json.Serialization;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// One conversation with a customer over one of the organization's numbers, as REST and events show it (CONTRACT, section 3).
/// <see cref="LastSeq"/> is the last position in its stream, <see cref="InboxSeq"/> the inbox number of its last change.
/// </summary>
public sealed record Conversation : IListed
{
    public required Guid Id { get; init; }
    public required Guid OrganizationId { get; init; }
    public required Guid ContactId { get; init; }
    public required Guid WhatsappNumberId { get; init; }
    public string Status { get; init; } = ConversationStatus.Open;
    public Guid? AssignedAgentId { get; init; }
    /// <summary>The original API's second name for the same value.</summary>
    public Guid? CurrentAgentId => AssignedAgentId;
    public string Priority { get; init; } = "medium";
    public string Channel => "whatsapp";
    public string[] Tags { get; init; } = [];
    public RawJson ExtraData { get; init; } = RawJson.EmptyObject;
    /// <summary>The caller's unread messages; omitted in events, which are the same for all users.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? UnreadCount { get; init; }
    /// <summary>Who answers: one of <see cref="ConversationControl"/>'s, or another role of Meta's conversation routing.</summary>
    public string? ControlledBy { get; init; }
    public DateTime? ControlledSince { get; init; }
    public int TotalMessages { get; init; }
    public DateTime? LastMessageAt { get; init; }
    public DateTime? LastInboundAt { get; init; }
    public DateTime? LastOutboundAt { get; init; }
    /// <summary>The customer's oldest message that nobody has answered, by Meta's clock; null where we spoke last.</summary>
    public DateTime? WaitingSince { get; init; }
    /// <summary>24 hours after the customer's last message by Meta's clock; after that only templates may be sent.</summary>
    public DateTime? WindowExpiresAt { get; init; }
    public DateTime? FirstResponseAt { get; init; }
    public DateTime? ResolvedAt { get; init; }
    public DateTime? ClosedAt { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }
    public required Contact Contact { get; init; }
    public RawJson? LastMessage { get; init; }
    public long LastSeq { get; init; }
    public long InboxSeq { get; init; }
    public int InboundCount { get; init; }
    /// <summary>Our messages that failed and were not sent again.</summary>
    public int FailedCount { get; init; }
    /// <summary>Only in the answer to a search: the newest message that matches; null where the customer's name or number does.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public SearchHit? Hit { get; init; }

    /// <summary>Whether it is open or pending, so that the customer's next message belongs to it.</summary>
    public bool IsActive() => Status is ConversationStatus.Open or ConversationStatus.Pending;
}

/// <summary>The values of <see cref="Conversation.Status"/>. Open and pending conversations are active; resolved and closed ones are not.</summary>
public static class ConversationStatus
{
    public const string Open = "open";
    public const string Pending = "pending";
    public const string Resolved = "resolved";
    public const string Closed = "closed";

    /// <summary>Whether it is one of them.</summary>
    public static bool IsKnown(string status) => status is Open or Pending or Resolved or Closed;

    internal static Refusal NotKnown => Refusal.Invalid("status", "must be open, pending, resolved or closed");
}

/// <summary>A customer, as REST and events show them.</summary>
public sealed record Contact
{
    public required Guid Id { get; init; }
    public string? Name { get; init; }
    /// <summary>Meta's id of the customer, to which messages are sent: digits, or a business-scoped user id.</summary>
    public required string WhatsappId { get; init; }
    public string? PhoneNumber { get; init; }
    /// <summary>The present number, if one is known, and then the others that the customer was seen with.</summary>
    public IReadOnlyList<ContactNumber> Numbers => ContactNumber.Of(PhoneNumber, FormerNumbers);
    /// <summary>What WhatsApp shows instead of a number; without the @.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Username { get; init; }
    public string? ProfilePictureUrl { get; init; }
    public string[] Tags { get; init; } = [];
    public RawJson Attributes { get; init; } = RawJson.EmptyObject;
    /// <summary>When the customer stopped marketing messages; null where they may be sent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? OptedOutAt { get; init; }
    /// <summary>The <see cref="Referral"/> that first brought the customer, with its time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? FirstReferral { get; init; }
    /// <summary>When the customer was erased: nothing is known of them any more, and nothing can be written to them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? ErasedAt { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required DateTime UpdatedAt { get; init; }

    // With blanks between them. Stored with the row, never sent to clients.
    internal string? FormerNumbers { get; init; }
}

/// <summary>A phone number of a customer.</summary>
/// <param name="Number">Digits after a plus.</param>
/// <param name="Formatted">As people write it in international form.</param>
/// <param name="Kind">mobile or landline; null where the country's numbers do not tell.</param>
/// <param name="IsPresent">Whether it is the one that the customer was last seen with.</param>
public sealed record ContactNumber(string Number, string Formatted, string? Kind, bool IsPresent)
{
    internal static IReadOnlyList<ContactNumber> Of(string? present, string? former)
    {
        var numbers = former?.Split(' ').Select(number => Of(number, isPresent: false)) ?? [];
        return [.. present is null ? numbers : numbers.Prepend(Of(present, isPresent: true))];
    }

    private static ContactNumber Of(string number, bool isPresent)
    {
        var (formatted, kind) = NumberingPlan.Describe(number);
        return new(number, formatted, kind, isPresent);
    }
}

/// <summary>A message that a search found.</summary>
public sealed record SearchHit(Guid MessageId, string MessageType, string Preview, string Direction, DateTime OccurredAt);

/// <summary>What the list shows of a conversation's last message; stored in this form in the conversation's row.</summary>
public sealed record LastMessage(Guid Id, string MessageType, string Preview, string Direction, DateTime CreatedAt);
