using Dapper;

namespace PyTake.Conversations;

/// <param name="InboundRead">How many of the customer's messages the user has read now.</param>
/// <param name="Moved">Whether it is more than before.</param>
internal sealed record ReadMark(int InboundRead, bool Moved);

/// <summary>How far users have read, and the read receipts for customers that follow from it.</summary>
internal static class ReadMarkStore
{
    /// <summary>Moves a user's mark forward, and queues a read receipt for the customer if no other user has read that far.</summary>
    public static async Task<ReadMark> AdvanceAsync(
        StreamTransaction transaction, Conversation conversation, Guid userId, long? upToSeq, CancellationToken cancellationToken)
    {
        // Counts the messages after the position, which are few and at the end of the stream, and not those before it.
        const string Sql = """
            with mark as (
                select @InboundCount - (
                    select count(*)
                    from messages
                    where conversation_id = @Id
                      and seq > @upTo
                      and created_seq > @upTo
                      and inbound_number is not null
                )::int as inbound_read
            ), before as (
                select coalesce(max(inbound_read) filter (where user_id = @userId), 0) as own, coalesce(max(inbound_read), 0) as anybody
                from conversation_reads
                where conversation_id = @Id
            ), moved as (
                insert into conversation_reads (conversation_id, user_id, inbound_read, updated_at)
                select @Id, @userId, mark.inbound_read, @Now
                from mark, before
                where mark.inbound_read > before.own
                on conflict (conversation_id, user_id) do update
                set inbound_read = excluded.inbound_read, updated_at = excluded.updated_at
            ), shown as (
                insert into read_receipts (conversation_id, whatsapp_number_id, whatsapp_message_id, due_at)
                select @Id, @WhatsappNumberId, newest.whatsapp_message_id, @Now
                from mark, before, lateral (
                    select whatsapp_message_id
                    from messages
                    where conversation_id = @Id
                      and inbound_number is not null
                      and whatsapp_message_id is not null
                      and created_seq <= @upTo
                    order by occurred_at desc, created_at desc, id desc
                    limit 1
                ) newest
                where mark.inbound_read > before.anybody
                on conflict (conversation_id) do update
                set whatsapp_message_id = excluded.whatsapp_message_id, attempts = 0, due_at = excluded.due_at
            )
            select greatest(mark.inbound_read, before.own) as inbound_read, mark.inbound_read > before.own as moved
            from mark, before
            """;

        return await transaction.Connection.QuerySingleAsync<ReadMark>(new CommandDefinition(
            Sql, new
            {
                conversation.Id,
                conversation.InboundCount,
                conversation.WhatsappNumberId,
                userId,
                upTo = upToSeq ?? conversation.LastSeq,
                transaction.Now,
            }, transaction.Transaction, cancellationToken: cancellationToken));
    }
}
