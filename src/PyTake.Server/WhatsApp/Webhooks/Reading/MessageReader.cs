using System.Text.Json;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Reads an element of messages[], of message_echoes[] or of a thread of a history (webhooks/reference/messages, smb_message_echoes, history): a
/// message, or something else in the form of one.
/// </summary>
internal readonly struct MessageReader(UpdateReader update)
{
    private static readonly string[] ReadElsewhere =
        ["id", "from", "from_user_id", "from_parent_user_id", "to", "to_user_id", "to_parent_user_id", "timestamp", "type",
            "messaging_product", "recipient", "recipient_type", "biz_opaque_callback_data"];

    private JsonElement Message => update.Part.Message;

    public WebhookUpdate Read()
    {
        if (Message.ValueKind != JsonValueKind.Object) return update.NotUnderstood("a message is not an object");
        if (update.Part.Item.Id("id") is not { } wamid) return update.NotUnderstood("a message has no id");
        var metaType = Message.Words("type");
        // A chat that was opened and in which nothing was said yet is worth a conversation where an advertisement led to it.
        if (metaType == "request_welcome" && Message.Get("referral").ValueKind != JsonValueKind.Object) return update.Nothing();
        if (metaType == "system") return IdentityReader.Read(update, wamid);
        if (update.Customer is not { } customer) return update.NotUnderstood($"message {wamid} does not name its customer");

        return metaType switch
        {
            "reaction" => Reaction(wamid, customer),
            "edit" => Edit(wamid, customer),
            "revoke" => Revoke(wamid, customer),
            _ => Received(wamid, customer, metaType),
        };
    }

    private MessageReceived Received(string wamid, CustomerIdentity customer, string? metaType)
    {
        var type = MessageContent.TypeOf(metaType);
        var body = Message.Get(type);
        var hasMedia = MessageContent.IsMedia(type);
        var error = WebhookError.Of(Message.Get("errors").First());
        return new(update.PhoneNumberId, update.OccurredAt, wamid, customer, !update.Part.IsFromBusiness,
            Historic: update.Part.Change.Field == "history", type, MessageContent.Read(type, Message),
            hasMedia ? body.Id("id") : null, hasMedia ? body.Words("mime_type") : null, hasMedia ? body.Words("filename") : null,
            Message.Get("context").Id("id") ?? Message.Get("context").Id("message_id"), Rest(metaType))
        {
            IsStandby = update.Part.Change.Field == WebhookChange.Standby,
            ErrorCode = error?.Code,
            ErrorMessage = error?.Message,
            HistoricStatus = update.Part.IsFromBusiness ? HistoricStatus() : null,
        };
    }

    // The words of webhooks/reference/history: DELIVERED, ERROR, PENDING, PLAYED, READ and SENT. Nothing more will be heard of one that was pending.
    private string? HistoricStatus() => Message.Get("history_context").Text("status")?.ToUpperInvariant() switch
    {
        null => null,
        "READ" or "PLAYED" => MessageStatus.Read,
        "DELIVERED" => MessageStatus.Delivered,
        "ERROR" => MessageStatus.Failed,
        _ => MessageStatus.Sent,
    };

    /// <summary>What the message has besides its content: referral, forwarded flags, errors, unknown members.</summary>
    private RawJson? Rest(string? metaType)
        => UpdateReader.Copy(Message, member =>
            !ReadElsewhere.Any(name => member.Is(name)) && !(metaType is not null && member.Is(metaType))
            && (!member.Is("context") || SaysMoreThanReply(member.Value)));

    private static bool SaysMoreThanReply(JsonElement context)
        => context.ValueKind == JsonValueKind.Object && context.EnumerateObject().Any(member => !member.Is("from") && !member.Is("id") && !member.Is("message_id"));

    private WebhookUpdate Reaction(string wamid, CustomerIdentity customer)
    {
        var reaction = Message.Get("reaction");
        return reaction.Id("message_id") is { } target
            ? new ReactionReceived(
                update.PhoneNumberId, update.OccurredAt, wamid, customer, !update.Part.IsFromBusiness, target, reaction.Words("emoji"))
            : update.NotUnderstood($"reaction {wamid} names no message");
    }

    private WebhookUpdate Edit(string wamid, CustomerIdentity customer)
    {
        var edit = Message.Get("edit");
        var message = edit.Get("message");
        if (edit.Id("original_message_id") is not { } target) return update.NotUnderstood($"edit {wamid} names no message");
        if (message.ValueKind != JsonValueKind.Object) return update.NotUnderstood($"edit {wamid} has no message");
        var type = MessageContent.TypeOf(message.Words("type"));
        return new MessageEdited(update.PhoneNumberId, update.OccurredAt, wamid, customer, target, type, MessageContent.Read(type, message));
    }

    private WebhookUpdate Revoke(string wamid, CustomerIdentity customer)
        => Message.Get("revoke").Id("original_message_id") is { } target
            ? new MessageRevoked(update.PhoneNumberId, update.OccurredAt, wamid, customer, target)
            : update.NotUnderstood($"revoke {wamid} names no message");
}
