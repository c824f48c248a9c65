using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>Sends what is put into it: WhatsApp's side of the house, which conversations know nothing else of.</summary>
public interface IOutbox
{
    /// <summary>
    /// Has a pending message sent, or sent again, if and when the transaction commits; its place is after all that wait for the same customer.
    /// </summary>
    /// <param name="conversation">The message's, held by the transaction.</param>
    void Queue(StreamTransaction transaction, Conversation conversation, Message message);
}

/// <summary>What may get on its way to WhatsApp, and as what.</summary>
internal static class Outbox
{
    /// <summary>Why nothing of this type may be sent in a conversation now; null where it may.</summary>
    public static Refusal? Refuses(Conversation conversation, string messageType, DateTime now)
    {
        if (!conversation.IsActive()) return Refusal.Conflict("The conversation is closed: reopen it to send");
        if (messageType == MessageType.Template || conversation.WindowExpiresAt > now) return null;
        return Refusal.Conflict("The customer's last message is more than 24 hours old: only a template may be sent until they write again");
    }

    /// <summary>An agent's message, as yet without content and number. Make it while the conversation is held.</summary>
    /// <remarks>Its time is after the last message's, whatever this node's clock says, so that it is shown below what it answers.</remarks>
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
