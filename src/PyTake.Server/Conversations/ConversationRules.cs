using System.Text.Json;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>What a message does to its conversation.</summary>
internal static class ConversationRules
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>The conversation after a new message: counts, times by Meta's clock, and what the list shows.</summary>
    /// <remarks>Old messages may come late, so every time only grows. Notes are between agents, and reactions belong to another message: they move none of it.</remarks>
    public static Conversation With(this Conversation conversation, Message message, bool quiet, DateTime now)
    {
        var changed = conversation with { TotalMessages = conversation.TotalMessages + 1 };
        if (message.MessageType is MessageType.Note or MessageType.Reaction) return changed;

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

    /// <summary>The conversation after a message in it got another content: edited, taken back, or complete at last.</summary>
    public static Conversation WithRewritten(this Conversation conversation, Message message)
        => conversation.LastMessage is { } shown && JsonSerializer.Deserialize<LastMessage>(shown.Text, Wire.Options)!.Id == message.Id
            ? conversation with { LastMessage = Preview(message) }
            : conversation;

    /// <summary>The conversation after Meta, whose clock decides, said that its window is closed.</summary>
    public static Conversation WithShutWindow(this Conversation conversation, DateTime now)
        => conversation.WindowExpiresAt > now ? conversation with { WindowExpiresAt = now } : conversation;

    /// <summary>The conversation with another status and the times that go with it.</summary>
    public static Conversation With(this Conversation conversation, string status, DateTime now) => status switch
    {
        _ when status == conversation.Status => conversation,
        ConversationStatus.Closed => conversation with { Status = status, ClosedAt = now },
        ConversationStatus.Resolved => conversation with { Status = status, ResolvedAt = now, ClosedAt = null },
        _ => conversation with { Status = status, ResolvedAt = null, ClosedAt = null },
    };

    private static DateTime Later(DateTime? known, DateTime candidate) => known > candidate ? known.Value : candidate;

    private static RawJson Preview(Message message) => RawJson.Of(
        new LastMessage(message.Id, message.MessageType, MessagePreview.Of(message), message.Direction, message.CreatedAt));
}
