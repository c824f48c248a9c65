using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>Sends messages to WhatsApp. It is all that conversations know of the sending side.</summary>
public interface IOutbox
{
    /// <summary>
    /// Queues a pending message to be sent, or sent again, once the transaction commits, after all others that wait for the same customer.
    /// </summary>
    /// <param name="conversation">The message's conversation, locked by the transaction.</param>
    /// <returns>The message; with the reason, if it has to wait because its number may not send.</returns>
    Message Queue(StreamTransaction transaction, Conversation conversation, Message message);
}

/// <summary>Rules for outbound messages.</summary>
internal static class Outbox
{
    /// <summary>Why no message of this type may be sent in a conversation now; null if one may.</summary>
    public static Refusal? Refuses(Conversation conversation, string messageType, DateTime now)
    {
        if (Erasure.Refuses(conversation) is { } refusal) return refusal;
        if (!conversation.IsActive()) return Refusal.Conflict("The conversation is closed: reopen it to send");
        if (messageType == MessageType.Template) return null;
        if (!(conversation.WindowExpiresAt > now))
            return Refusal.Conflict("The customer's last message is more than 24 hours old: only a template may be sent until they write again");
        // WhatsApp refuses what is said by who does not have the conversation, or gives it to them silently; a template needs no control.
        return conversation.IsOurs() ? null : Refusal.Conflict("Somebody else answers in this conversation: take it over to write");
    }

    /// <summary>Shows at a pending message why it waits; it stays pending, and the reason goes when it is sent.</summary>
    /// <param name="code">Meta's error code.</param>
    public static Message Explain(StreamTransaction transaction, Message message, string code, string reason)
        => message.Status == MessageStatus.Pending && (message.ErrorCode, message.ErrorMessage) != (code, reason)
            ? transaction.Change(ChangeKind.Status, message with { ErrorCode = code, ErrorMessage = reason })
            : message;

    /// <summary>An agent's message, without content and seq so far. Create it while the conversation is locked.</summary>
    /// <remarks>Its time is after the last message's, whatever this node's clock says, so that it is shown below the message it answers.</remarks>
    public static Message Draft(Caller caller, Conversation conversation, string messageType, DateTime now)
    {
        var after = conversation.LastMessageAt?.AddMilliseconds(1);
        var at = after > now ? after.Value : now;
        return new Message
        {
            Id = Guid.CreateVersion7(at),
            ConversationId = conversation.Id,
            Direction = Direction.Outbound,
            SenderType = SenderType.Agent,
            SenderUserId = caller.UserId,
            MessageType = messageType,
            Content = RawJson.EmptyObject,
            Status = MessageStatus.Pending,
            CreatedAt = now,
            OccurredAt = at,
        };
    }
}
