using System.Text.Json;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>How messages and status changes affect their conversation.</summary>
internal static class ConversationRules
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>The conversation after a new message: its counts, its times by Meta's clock, and the preview in the list.</summary>
    /// <remarks>Messages may arrive out of order, so times only move forward. Notes, which are between agents, and reactions only count.</remarks>
    public static Conversation With(this Conversation conversation, Message message, bool quiet, DateTime now)
    {
        var changed = conversation with
        {
            TotalMessages = conversation.TotalMessages + 1,
            FailedCount = conversation.FailedCount + (message.Status == MessageStatus.Failed ? 1 : 0),
        };
        if (message.MessageType is MessageType.Note or MessageType.Reaction) return changed;

        if (!(conversation.LastMessageAt > message.OccurredAt))
            changed = changed with { LastMessageAt = message.OccurredAt, LastMessage = Preview(message) };
        if (message.Direction == Direction.Outbound)
            changed = changed with
            {
                LastOutboundAt = Later(conversation.LastOutboundAt, message.OccurredAt),
                FirstResponseAt = conversation.FirstResponseAt ?? (conversation.InboundCount > 0 && !quiet ? now : null),
            };
        else if (!quiet)
            changed = changed with
            {
                InboundCount = conversation.InboundCount + 1,
                LastInboundAt = Later(conversation.LastInboundAt, message.OccurredAt),
                WindowExpiresAt = Later(conversation.WindowExpiresAt, message.OccurredAt + Window),
            };
        return changed with { WaitingSince = WaitingSince(changed, message) };
    }

    /// <summary>The conversation after the status of one of its messages changed.</summary>
    /// <remarks>Not below zero: what failed before failures were counted may be sent again.</remarks>
    public static Conversation WithStatus(this Conversation conversation, string before, string after)
        => before == after ? conversation : conversation with
        {
            FailedCount = Math.Max(0, conversation.FailedCount - (before == MessageStatus.Failed ? 1 : 0)) + (after == MessageStatus.Failed ? 1 : 0),
        };

    /// <summary>The conversation after the content of one of its messages changed: edited, revoked, or completed later.</summary>
    public static Conversation WithRewritten(this Conversation conversation, Message message)
        => conversation.LastMessage is { } shown && JsonSerializer.Deserialize<LastMessage>(shown.Text, Wire.Options)!.Id == message.Id
            ? conversation with { LastMessage = Preview(message) }
            : conversation;

    /// <summary>The conversation after something else than a message opened its window.</summary>
    public static Conversation WithOpenWindow(this Conversation conversation, DateTime at)
        => conversation with { WindowExpiresAt = Later(conversation.WindowExpiresAt, at + Window) };

    /// <summary>The conversation after Meta, whose clock decides, reported that its window is closed.</summary>
    public static Conversation WithClosedWindow(this Conversation conversation, DateTime now)
        => conversation.WindowExpiresAt > now ? conversation with { WindowExpiresAt = now } : conversation;

    /// <summary>The conversation with another status and the times that go with it.</summary>
    public static Conversation With(this Conversation conversation, string status, DateTime now) => status switch
    {
        _ when status == conversation.Status => conversation,
        ConversationStatus.Closed => conversation with { Status = status, ClosedAt = now },
        ConversationStatus.Resolved => conversation with { Status = status, ResolvedAt = now, ClosedAt = null },
        _ => conversation with { Status = status, ResolvedAt = null, ClosedAt = null },
    };

    // The conversation has everything of the message but this. Which of the customer's messages an answer that arrives late has left open is not looked up:
    // it is taken to be the last.
    private static DateTime? WaitingSince(Conversation conversation, Message message)
    {
        if (!ConversationViews.IsUnanswered(conversation.LastInboundAt, conversation.LastOutboundAt)) return null;
        var (known, at) = (conversation.WaitingSince, message.OccurredAt);
        if (message.Direction == Direction.Outbound) return known > at ? known : conversation.LastInboundAt;
        return known <= at || conversation.LastOutboundAt >= at ? known ?? conversation.LastInboundAt : at;
    }

    private static DateTime Later(DateTime? known, DateTime candidate) => known > candidate ? known.Value : candidate;

    private static RawJson Preview(Message message) => RawJson.Of(
        new LastMessage(message.Id, message.MessageType, MessagePreview.Of(message), message.Direction, message.CreatedAt));
}
