using Dapper;

namespace PyTake.Conversations;

/// <param name="InboundRead">How many of the customer's messages the user has read now.</param>
/// <param name="Moved">Whether it is more than before.</param>
/// <param name="NewestRead">WhatsApp's id of the newest of these messages, if no user had read that far before.</param>
internal sealed record ReadMark(int InboundRead, bool Moved, string? NewestRead);

/// <summary>How far users have read.</summary>
internal static class ReadMarkStore
{
    /// <summary>Moves a user's mark back, so that the customer's messages from a position on are unread again.</summary>
    /// <param name="fromSeq">The position; null for the customer's last message.</param>
    /// <returns>How many of the customer's messages the user has read now; null if that is not less than before.</returns>
    public static Task<int?> MoveBackAsync(
        StreamTransaction transaction, Conversation conversation, Guid userId, long? fromSeq, CancellationToken cancellationToken)
    {
        const string Sql = """
            update conversation_reads r
            set inbound_read = mark.inbound_read, updated_at = @Now
            from (
                select @InboundCount - greatest(count(*), case when @fromSeq::bigint is null then 1 else 0 end)::int as inbound_read
                from messages
                where conversation_id = @Id
                  and seq >= @fromSeq
                  and created_seq >= @fromSeq
                  and inbound_number is not null
            ) mark
            where r.conversation_id = @Id
              and r.user_id = @userId
              and r.inbound_read > mark.inbound_read
              and mark.inbound_read >= 0
            returning r.inbound_read
            """;

        return transaction.Connection.ExecuteScalarAsync<int?>(new CommandDefinition(
            Sql, new { conversation.Id, conversation.InboundCount, userId, fromSeq, transaction.Now },
            transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Moves a user's mark forward.</summary>
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
            )
            select greatest(mark.inbound_read, before.own) as inbound_read, mark.inbound_read > before.own as moved,
                case when mark.inbound_read > before.anybody then (
                    select whatsapp_message_id
                    from messages
                    where conversation_id = @Id
                      and inbound_number is not null
                      and whatsapp_message_id is not null
                      -- A call has an id, but is not a message that could be read.
                      and message_type <> 'call'
                      and created_seq <= @upTo
                    order by occurred_at desc, created_at desc, id desc
                    limit 1
                ) end as newest_read
            from mark, before
            """;

        return await transaction.Connection.QuerySingleAsync<ReadMark>(new CommandDefinition(
            Sql, new
            {
                conversation.Id,
                conversation.InboundCount,
                userId,
                upTo = upToSeq ?? conversation.LastSeq,
                transaction.Now,
            }, transaction.Transaction, cancellationToken: cancellationToken));
    }
}
