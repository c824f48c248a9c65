using System.Text.Json;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>What is left of erased messages and conversations.</summary>
internal static class Erasure
{
    private static readonly Refusal Gone = Refusal.Conflict("The customer was erased: nothing more can be written here");

    /// <summary>Why nothing may be written in a conversation; null if its customer was not erased.</summary>
    public static Refusal? Refuses(Conversation conversation) => conversation.Contact.ErasedAt is null ? null : Gone;

    public static bool IsErased(this Message message) => message.MessageType == MessageType.Erased;

    /// <summary>
    /// The message without anything that was written, and without WhatsApp's id, which has the customer's number in it. What was not sent yet is not sent.
    /// </summary>
    public static Message Erased(this Message message, DateTime now) => message with
    {
        MessageType = MessageType.Erased,
        Content = RawJson.Of(new { erased_at = now }),
        Status = message.Status == MessageStatus.Pending ? MessageStatus.Failed : message.Status,
        FailedAt = message.Status == MessageStatus.Pending ? now : message.FailedAt,
        WhatsappMessageId = null,
        ReplyToWhatsappMessageId = null,
        Reactions = RawJson.EmptyArray,
        Media = null,
        Meta = null,
        ErrorCode = null,
        ErrorMessage = null,
    };

    /// <summary>An erased message after news of it that came later: its tick, and nothing else.</summary>
    public static Message OnlyTicked(this Message erased, Message changed) => erased with
    {
        Status = changed.Status,
        SentAt = changed.SentAt,
        DeliveredAt = changed.DeliveredAt,
        ReadAt = changed.ReadAt,
        FailedAt = changed.FailedAt,
    };

    /// <summary>The conversation of an erased customer: closed, and without anything that was written.</summary>
    public static Conversation Erased(this Conversation conversation, DateTime now) => conversation.WithClosedWindow(now) with
    {
        Status = ConversationStatus.Closed,
        ClosedAt = conversation.ClosedAt ?? now,
        Tags = [],
        ExtraData = RawJson.EmptyObject,
        WaitingSince = null,
        LastMessage = conversation.LastMessage is { } shown
            ? RawJson.Of(JsonSerializer.Deserialize<LastMessage>(shown.Text, Wire.Options)! with { MessageType = MessageType.Erased, Preview = "" })
            : null,
    };
}
