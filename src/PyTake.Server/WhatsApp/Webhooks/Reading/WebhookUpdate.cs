using PyTake.Conversations;
using PyTake.Json;
using PyTake.WhatsApp.AccountEvents;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>What one update of a webhook says, read from its bytes; a subtype for each thing that has an effect here.</summary>
/// <param name="PhoneNumberId">The business number it concerns (value.metadata), where there is one.</param>
/// <param name="OccurredAt">Meta's time; our time of receipt where Meta's is missing, zero or in our future.</param>
public abstract record WebhookUpdate(string? PhoneNumberId, DateTime OccurredAt);

/// <summary>The ids and names of a customer. At least one of the ids is set.</summary>
/// <param name="WaId">Digits, as Meta gave them.</param>
/// <param name="UserId">Business-scoped user id (BSUID).</param>
/// <param name="ParentUserId">The BSUID of the parent portfolio.</param>
/// <param name="Name">Profile name; null where absent or empty.</param>
/// <param name="Username">For display only, never a key.</param>
public sealed record CustomerIdentity(string? WaId, string? UserId, string? ParentUserId, string? Name, string? Username)
{
    /// <summary>The keys to match by, strongest first: (kind, value) as in contact_identities.</summary>
    public IEnumerable<(string Kind, string Value)> Keys()
    {
        if (UserId is not null) yield return (IdentityKind.UserId, UserId);
        if (ParentUserId is not null) yield return (IdentityKind.ParentUserId, ParentUserId);
        if (WaId is not null) yield return (IdentityKind.Phone, PhoneNumbers.Normalize(WaId));
    }

    /// <summary>What to send to: the number where it is shown.</summary>
    internal string Address => (WaId ?? UserId ?? ParentUserId)!;

    /// <summary>The number as contacts show it.</summary>
    internal string? PhoneNumber => WaId is null ? null : "+" + WaId;

    /// <summary>The customer as a new contact.</summary>
    internal NewContact ToContact(Guid id, Guid organizationId) => new(id, organizationId, Name, Address, PhoneNumber, Username);
}

/// <summary>A message from a customer, from the business's own phone app (echo), or from a history; a call and a handover are ones as well.</summary>
/// <param name="Customer">The other side, whoever wrote.</param>
/// <param name="FromCustomer">False for what the business wrote in its phone app.</param>
/// <param name="Historic">From a history chunk: opens no window, is not unread, notifies nobody.</param>
/// <param name="Type">Meta's type, even if unknown to us; <c>unsupported</c> for both unsupported and unknown.</param>
/// <param name="Content">An object in our shape (see <see cref="MessageContent"/>), free of NUL and lone surrogates.</param>
/// <param name="MediaId">Where it has media: Meta's id of it, with <paramref name="MimeType"/> and <paramref name="FileName"/> as sent (untrusted).</param>
/// <param name="ReplyTo">The wamid of the message it replies to.</param>
/// <param name="Meta">Referral, forwarded flags, errors and the like, as Meta sent them; null where there is none.</param>
public sealed record MessageReceived(
    string? PhoneNumberId, DateTime OccurredAt, string Wamid, CustomerIdentity Customer, bool FromCustomer, bool Historic,
    string Type, RawJson Content, string? MediaId, string? MimeType, string? FileName, string? ReplyTo, RawJson? Meta)
    : WebhookUpdate(PhoneNumberId, OccurredAt)
{
    /// <summary>Whether the business has just written it in its phone app.</summary>
    internal bool IsEcho => !FromCustomer && !Historic && !IsStandby && ControlledBy is null && Type != MessageType.Call;

    /// <summary>A copy of what is said in a conversation that somebody else controls (webhooks/reference/standby).</summary>
    public bool IsStandby { get; init; }

    /// <summary>For a handover, which is a line of the conversation: who controls the conversation from now on (<see cref="ConversationControl"/>).</summary>
    public string? ControlledBy { get; init; }

    /// <summary>Meta's code of why it could not deliver the message whole.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The same in Meta's words.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>What became of a message of the business's in a history: sent, delivered, read or failed.</summary>
    public string? HistoricStatus { get; init; }
}

/// <summary>A reaction to a message, or (no emoji) its removal.</summary>
public sealed record ReactionReceived(
    string? PhoneNumberId, DateTime OccurredAt, string Wamid, CustomerIdentity Customer, bool FromCustomer, string TargetWamid, string? Emoji)
    : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>The sender changed an earlier message.</summary>
public sealed record MessageEdited(
    string? PhoneNumberId, DateTime OccurredAt, string Wamid, CustomerIdentity Customer, string TargetWamid, string Type, RawJson Content)
    : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>The sender took an earlier message back.</summary>
public sealed record MessageRevoked(string? PhoneNumberId, DateTime OccurredAt, string Wamid, CustomerIdentity Customer, string TargetWamid)
    : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>A new status of a message of ours: a tick or a failure.</summary>
/// <param name="Status">Meta's status: sent, delivered, read, played, failed, or one we don't know.</param>
/// <param name="CallbackData">biz_opaque_callback_data: the id of our message.</param>
/// <param name="ParticipantId">In a group: the participant whose status it is, which never changes the message's own.</param>
/// <param name="Pricing">conversation and pricing as Meta sent them.</param>
public sealed record StatusReceived(
    string? PhoneNumberId, DateTime OccurredAt, string Wamid, string Status, string? RecipientId, string? RecipientUserId,
    string? ParticipantId, string? CallbackData, string? ErrorCode, string? ErrorMessage, RawJson? Pricing)
    : WebhookUpdate(PhoneNumberId, OccurredAt)
{
    /// <summary>Who the message was sent to; null if the status names nobody.</summary>
    internal CustomerIdentity? Recipient
        => RecipientId is null && RecipientUserId is null ? null : new(RecipientId, RecipientUserId, ParentUserId: null, Name: null, Username: null);

    /// <summary>Set where it is not the message's status but that of the payment which it asks for.</summary>
    public Payment? Payment { get; init; }
}

/// <summary>A customer's number or user id has changed.</summary>
/// <param name="Old">The keys they were known by.</param>
/// <param name="New">The keys they have now.</param>
/// <param name="Text">Meta's sentence about it, to show as a system line.</param>
public sealed record IdentityChanged(
    string? PhoneNumberId, DateTime OccurredAt, string Wamid, CustomerIdentity Old, CustomerIdentity New, string? Text)
    : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>A customer has stopped marketing messages, or has resumed them (user_preferences).</summary>
public sealed record MarketingPreference(string? PhoneNumberId, DateTime OccurredAt, CustomerIdentity Customer, bool Stopped)
    : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>News of a WhatsApp Business Account, one of its numbers or its templates, which are for the organization's administrators.</summary>
public sealed record AccountNotice(string? PhoneNumberId, NewAccountEvent News) : WebhookUpdate(PhoneNumberId, News.OccurredAt);

/// <summary>A contact in the address book of the business's phone app.</summary>
/// <param name="Customer">With the name that the business gave.</param>
public sealed record AddressBookEntry(string? PhoneNumberId, DateTime OccurredAt, CustomerIdentity Customer) : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>Something that has no effect here and is kept for an operator to see: an unknown field, a notice, a body that is not JSON.</summary>
/// <param name="Reason">One sentence for the operator.</param>
public sealed record NotUnderstood(string? PhoneNumberId, DateTime OccurredAt, string Reason) : WebhookUpdate(PhoneNumberId, OccurredAt);

/// <summary>Something that needs no effect and is not kept (request_welcome without a referral, that a call rings).</summary>
public sealed record Nothing(string? PhoneNumberId, DateTime OccurredAt) : WebhookUpdate(PhoneNumberId, OccurredAt);
