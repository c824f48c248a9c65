using System.Text.Json.Serialization;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>message:status — a tick, or a failure with its reason.</summary>
public sealed record MessageStatusEvent(
    Guid MessageId, Guid ConversationId, string Status, DateTime Timestamp, long Seq, string? ErrorCode, string? ErrorMessage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Pricing? Pricing)
    : IStreamEvent
{
    /// <summary>The tick a message shows now.</summary>
    public static MessageStatusEvent Of(Message message) => new(
        message.Id, message.ConversationId, message.Status, TimeOf(message), message.Seq, message.ErrorCode, message.ErrorMessage,
        message.Pricing);

    private static DateTime TimeOf(Message message) => message.Status switch
    {
        MessageStatus.Sent => message.SentAt,
        MessageStatus.Delivered => message.DeliveredAt,
        MessageStatus.Read => message.ReadAt,
        MessageStatus.Failed => message.FailedAt,
        _ => null,
    } ?? message.CreatedAt;
}
