using System.Text.Json;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>What a message does to its conversation.</summary>
internal static class ConversationRules
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>The conversation after a new message: counts, times by Meta's clock, and what the list shows.</summary>
    /// <remarks>Old messages may come late, so every time only grows. Notes are between agents and move none of it.</remarks>
    public static Conversation With(this Conversation conversation, Message message, bool quiet, DateTime now)
    {
        var changed = conversation with { TotalMessages = conversation.TotalMessages + 1 };
        if (message.MessageType == MessageType.Note) return changed;

        if (!(conversation.LastMessageAt > message.OccurredAt))
            changed = changed with { LastMessageAt = message.OccurredAt, LastMessage = Preview(message) };
        if (message.Direction == Direction.Outbound)
            return changed with
            {
                LastOutboundAt = Later(conversation.LastOutboundAt, message.OccurredAt),
                FirstResponseAt = conversation.FirstResponseAt ?? (conversation.InboundCount > 0 && !quiet ? now : null),
            };
        return quiet ? changed : changed with
        {
            InboundCount = conversation.InboundCount + 1,
            LastInboundAt = Later(conversation.LastInboundAt, message.OccurredAt),
            WindowExpiresAt = Later(conversation.WindowExpiresAt, message.OccurredAt + Window),
        };
    }

    private static DateTime Later(DateTime? known, DateTime candidate) => known > candidate ? known.Value : candidate;

    private static Json Preview(Message message) => new(JsonSerializer.Serialize(
        new LastMessage(message.Id, message.MessageType, MessagePreview.Of(message), message.Direction, message.CreatedAt), Wire.Options));
}
