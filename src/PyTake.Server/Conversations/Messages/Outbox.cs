using Dapper;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;
using PyTake.Telemetry;

namespace PyTake.Conversations;

/// <summary>How messages get on their way to WhatsApp: a pending message and what says that it is to be sent, in one commit.</summary>
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

    /// <summary>Has a message sent, or sent again, from the commit on; its place is after all that wait for the same customer.</summary>
    public static async Task QueueAsync(StreamTransaction transaction, Conversation conversation, Message message, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into outbox (message_id, organization_id, conversation_id, whatsapp_number_id, contact_id, due_at, trace_parent)
            values (@messageId, @OrganizationId, @Id, @WhatsappNumberId, @ContactId, @Now, @trace)
            """;

        await transaction.Connection.ExecuteAsync(new CommandDefinition(Sql, new
        {
            messageId = message.Id,
            conversation.OrganizationId,
            conversation.Id,
            conversation.WhatsappNumberId,
            conversation.ContactId,
            transaction.Now,
            trace = Tracing.Parent,
        }, transaction.Transaction, cancellationToken: cancellationToken));
        transaction.WakeSender(new(conversation.WhatsappNumberId, conversation.ContactId));
    }
}
