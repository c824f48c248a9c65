using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Telemetry;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Outbound;

/// <summary>All SQL of the outbox. Whatever adds a row, or unblocks a recipient's next one, wakes the sender once it is committed.</summary>
public sealed class OutboundStore(NpgsqlDataSource db, StoppedNumbers stopped, TimeProvider time) : IOutbox
{
    // The outbox is empty most of the time, and plans are cached: a plan that scans the table costs nothing then, and is ruinous in the next
    // burst. For the same reason rows are found by `= any(array(…))`, for which only the key's index can be used, and never by a join.
    private const string ByIndexOnly = """
        set local enable_seqscan = off;
        set local enable_hashjoin = off;
        set local enable_mergejoin = off;
        """;

    // The numbers that have rows, by a skip scan: one index probe for each number, however many rows it has.
    private const string WithNumbers = """

        with recursive numbers as (
            (select o.whatsapp_number_id as id from outbox o order by o.whatsapp_number_id limit 1)
            union all
            select (select o.whatsapp_number_id from outbox o where o.whatsapp_number_id > n.id order by o.whatsapp_number_id limit 1)
            from numbers n
            where n.id is not null
        )

        """;

    /// <inheritdoc/>
    public Message Queue(StreamTransaction transaction, Conversation conversation, Message message)
    {
        const string Sql = """
            insert into outbox (message_id, organization_id, conversation_id, whatsapp_number_id, contact_id, due_at, trace_parent)
            values ($1, $2, $3, $4, $5, $6, $7)
            """;

        transaction.AddStatement(new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = message.Id },
                new NpgsqlParameter<Guid> { TypedValue = conversation.OrganizationId },
                new NpgsqlParameter<Guid> { TypedValue = conversation.Id },
                new NpgsqlParameter<Guid> { TypedValue = conversation.WhatsappNumberId },
                new NpgsqlParameter<Guid> { TypedValue = conversation.ContactId },
                new NpgsqlParameter<DateTime> { TypedValue = transaction.Now },
                new NpgsqlParameter<string?> { TypedValue = Tracing.Parent, NpgsqlDbType = NpgsqlDbType.Text },
            },
        });
        transaction.WakeSender(new(conversation.WhatsappNumberId, conversation.ContactId));
        return stopped.Find(conversation.WhatsappNumberId) is { } number
            ? Outbox.Explain(transaction, message, number.SendingStoppedCode ?? "", number.SendingStoppedReason ?? "")
            : message;
    }

    /// <summary>
    /// Claims the first message of each of these recipients, if it is due, for this node until the lease expires. Skips recipients that already
    /// have a message under way on any node, and numbers that were stopped.
    /// </summary>
    /// <returns>The claimed messages in order; their rows are <c>sending</c> now.</returns>
    internal async Task<IReadOnlyList<OutboundMessage>> ClaimAsync(
        Guid claimId, IReadOnlyList<Recipient> recipients, DateTime leaseUntil, CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + """
            with taken as (
                update outbox o
                set state = 'sending', attempts = o.attempts + 1, lease_until = @leaseUntil, claim_id = @claimId, uploading = false
                where o.message_id = any(array(
                    select q.message_id
                    from outbox q
                    where q.message_id = any(array(
                            select head.message_id
                            from unnest(@numbers, @contacts) as recipient (whatsapp_number_id, contact_id)
                            join whatsapp_numbers w on w.id = recipient.whatsapp_number_id and w.sending_stopped_at is null
                            cross join lateral (
                                select h.message_id
                                from outbox h
                                where h.whatsapp_number_id = recipient.whatsapp_number_id and h.contact_id = recipient.contact_id
                                order by h.position
                                limit 1
                            ) head
                        ))
                      and q.state = 'queued' and q.due_at <= @now
                      and (select b.message_id from outbox b
                           where b.whatsapp_number_id = q.whatsapp_number_id and b.contact_id = q.contact_id and b.state <> 'queued'
                           limit 1) is null
                    for update skip locked
                ))
                returning o.*
            )
            select t.message_id, t.position, t.organization_id, t.conversation_id, t.whatsapp_number_id, t.contact_id, t.attempts, t.throttles, t.trace_parent, t.claim_id,
                m.status, m.message_type, m.content, m.created_at,
                coalesce(m.reply_to_whatsapp_message_id, r.whatsapp_message_id) as reply_to,
                -- A customer with a new number is sent to there. One whose number went to another customer has digits here and no number.
                case when k.phone_number is not null or k.whatsapp_id !~ '^[0-9]' then k.whatsapp_id end as recipient,
                array(select value from contact_identities where contact_id = k.id and kind = 'bsuid') as user_ids,
                c.window_expires_at, w.phone_number_id, w.access_token, w.is_active, w.updated_at as number_updated_at
            from taken t
            join messages m on m.id = t.message_id
            join conversations c on c.id = t.conversation_id
            join contacts b on b.id = t.contact_id
            join contacts k on k.id = coalesce(b.merged_into, b.id)
            join whatsapp_numbers w on w.id = t.whatsapp_number_id
            left join messages r on r.id = m.reply_to_message_id
            order by t.position
            """;

        return await InTransactionAsync<OutboundMessage>(Sql, new
        {
            numbers = recipients.Select(r => r.WhatsappNumberId).ToArray(),
            contacts = recipients.Select(r => r.ContactId).ToArray(),
            now = time.UtcNow(),
            leaseUntil,
            claimId,
        }, cancellationToken);
    }

    /// <summary>Undoes claims that failed here but may have been committed: none of their messages was sent.</summary>
    internal Task UnclaimAsync(Guid[] claimIds, CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + """
            update outbox
            set state = 'queued', attempts = attempts - 1, lease_until = null
            where state <> 'queued' and state = 'sending' and claim_id = any(@claimIds)
            returning message_id
            """;

        return InTransactionAsync<Guid>(Sql, new { claimIds }, cancellationToken);
    }

    /// <summary>Reads a page of recipients of every number that has any and is not stopped, each from where the previous page ended.</summary>
    /// <param name="cursors">The last recipient of each number's previous page; a number without one starts from the beginning.</param>
    /// <param name="skipped">Numbers to leave out.</param>
    /// <param name="page">How many recipients of each number to read.</param>
    internal async Task<IReadOnlyList<PartitionHead>> FindAsync(
        IReadOnlyDictionary<Guid, Guid> cursors, Guid[] skipped, int page, CancellationToken cancellationToken)
    {
        // The inner recursion is a skip scan too: one index probe for each recipient.
        const string Sql = ByIndexOnly + WithNumbers + """
            select w.id as whatsapp_number_id, head.contact_id, head.is_due
            from numbers n
            cross join lateral (
                select id from whatsapp_numbers where id = n.id and sending_stopped_at is null and id <> all(@skipped) limit 1
            ) w
            left join unnest(@numbers, @contacts) as cursor (number, contact) on cursor.number = w.id
            cross join lateral (
                with recursive heads as (
                    (select o.contact_id, o.state = 'queued' and o.due_at <= @now as is_due
                     from outbox o
                     where o.whatsapp_number_id = w.id
                       and o.contact_id > coalesce(cursor.contact, '00000000-0000-0000-0000-000000000000')
                     order by o.contact_id, o.position
                     limit 1)
                    union all
                    select next.contact_id, next.is_due
                    from heads h
                    cross join lateral (
                        select o.contact_id, o.state = 'queued' and o.due_at <= @now as is_due
                        from outbox o
                        where o.whatsapp_number_id = w.id and o.contact_id > h.contact_id
                        order by o.contact_id, o.position
                        limit 1
                    ) next
                )
                select contact_id, is_due from heads limit @page
            ) head
            order by w.id, head.contact_id
            """;

        return await InTransactionAsync<PartitionHead>(Sql, new
        {
            numbers = cursors.Keys.ToArray(),
            contacts = cursors.Values.ToArray(),
            skipped,
            page,
            now = time.UtcNow(),
        }, cancellationToken);
    }

    /// <summary>Whether there are rows that can be sent, now or later, or that wait for an answer.</summary>
    internal async Task<bool> HasWorkAsync(CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + WithNumbers + """
            select (select message_id from outbox where state <> 'queued' limit 1) is not null
                or (select w.id from numbers n
                    cross join lateral (select id from whatsapp_numbers where id = n.id and sending_stopped_at is null limit 1) w
                    limit 1) is not null
            """;

        return (await InTransactionAsync<bool>(Sql, new { }, cancellationToken))[0];
    }

    /// <summary>Says whether a claimed message's file is on its way to Meta, and renews its lease.</summary>
    /// <returns>False if the row is another node's by now, or gone.</returns>
    internal async Task<bool> SetUploadingAsync(OutboundMessage message, bool isUploading, DateTime leaseUntil, CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + """
            update outbox
            set uploading = @isUploading, lease_until = @leaseUntil
            where message_id = @MessageId and claim_id = @ClaimId and state = 'sending'
            returning message_id
            """;

        return (await InTransactionAsync<Guid>(Sql, new { message.MessageId, message.ClaimId, isUploading, leaseUntil }, cancellationToken)).Count == 1;
    }

    /// <summary>
    /// Messages that dead nodes were sending may have arrived: marks them as <c>unknown</c> for this long, except those whose file was still on its
    /// way, which are sent again. Then reads those whose wait has ended.
    /// </summary>
    /// <returns>Unknown rows to be given up, at most 100 at a time.</returns>
    internal async Task<IReadOnlyList<OutboxRow>> ExpireAsync(TimeSpan unknownWait, CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + """
            update outbox
            set state = 'queued', lease_until = null, uploading = false, claim_id = null
            where message_id = any(array(
                select message_id
                from outbox
                where state <> 'queued' and state = 'sending' and uploading and lease_until <= @now
                for update skip locked
            ));

            update outbox
            set state = 'unknown', lease_until = @waitUntil, error_class = 'unanswered', error = 'The node that was sending it went away'
            where message_id = any(array(
                select message_id
                from outbox
                where state <> 'queued' and state = 'sending' and not uploading and lease_until <= @now
                for update skip locked
            ));

            select message_id, position, organization_id, conversation_id, whatsapp_number_id, contact_id, attempts, throttles, trace_parent
            from outbox
            where state <> 'queued' and state = 'unknown' and lease_until <= @now
            order by lease_until
            limit 100
            """;

        var now = time.UtcNow();
        return await InTransactionAsync<OutboxRow>(Sql, new { now, waitUntil = now + unknownWait }, cancellationToken);
    }

    /// <summary>Locks those of the rows that still exist until the transaction ends, and returns their states by position.</summary>
    internal static async Task<IReadOnlyDictionary<long, string>> LockAsync(
        StreamTransaction transaction, IEnumerable<OutboxRow> rows, CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + """
            select position, state from outbox where message_id = any(@ids) order by message_id for update
            """;

        var found = await transaction.Connection.QueryAsync<(long Position, string State)>(new CommandDefinition(
            Sql, new { ids = rows.Select(r => r.MessageId).ToArray() }, transaction.Transaction, cancellationToken: cancellationToken));
        return found.ToDictionary(f => f.Position, f => f.State);
    }

    /// <summary>A page of the messages that wait for a number, by customer and in order.</summary>
    /// <param name="after">The last one of the previous page; null for the first.</param>
    internal async Task<IReadOnlyList<WaitingMessage>> WaitingForAsync(
        Guid whatsappNumberId, WaitingMessage? after, int page, CancellationToken cancellationToken)
    {
        const string Sql = ByIndexOnly + """
            select message_id, conversation_id, contact_id, position
            from outbox
            where whatsapp_number_id = @whatsappNumberId and (contact_id, position) > (@contact, @position)
            order by contact_id, position
            limit @page
            """;

        return await InTransactionAsync<WaitingMessage>(
            Sql, new { whatsappNumberId, contact = after?.ContactId ?? Guid.Empty, position = after?.Position ?? 0, page }, cancellationToken);
    }

    /// <summary>Deletes locked rows, which unblocks their recipients' next messages.</summary>
    internal static async Task RemoveAsync(StreamTransaction transaction, IReadOnlyCollection<OutboxRow> rows, CancellationToken cancellationToken)
    {
        const string Sql = """
            with gone as (
                delete from outbox
                where message_id = any(@ids)
                returning whatsapp_number_id, contact_id
            )
            select distinct g.whatsapp_number_id, g.contact_id
            from gone g
            where (select o.message_id from outbox o
                   where o.whatsapp_number_id = g.whatsapp_number_id and o.contact_id = g.contact_id and o.message_id <> all(@ids)
                   limit 1) is not null
            """;

        if (rows.Count == 0) return;
        var recipients = await transaction.Connection.QueryAsync<Recipient>(new CommandDefinition(Sql, new
        {
            ids = rows.Select(r => r.MessageId).ToArray(),
        }, transaction.Transaction, cancellationToken: cancellationToken));
        foreach (var recipient in recipients) transaction.WakeSender(recipient);
    }

    /// <summary>
    /// Deletes the rows of messages whose outcome a webhook reported before the answer to our request was written, which unblocks their
    /// recipients' next messages.
    /// </summary>
    internal static async Task RemoveAnsweredAsync(StreamTransaction transaction, Guid[] messageIds, CancellationToken cancellationToken)
    {
        // By index, even if the plan was cached while the outbox was empty.
        const string Sql = """
            set local enable_seqscan = off;
            delete from outbox where message_id = any(@messageIds) returning whatsapp_number_id, contact_id;
            set local enable_seqscan = on
            """;

        if (messageIds.Length == 0) return;
        var recipients = await transaction.Connection.QueryAsync<Recipient>(new CommandDefinition(
            Sql, new { messageIds }, transaction.Transaction, cancellationToken: cancellationToken));
        foreach (var recipient in recipients) transaction.WakeSender(recipient);
    }

    /// <summary>Moves the unsent messages of a contact that is merged into another.</summary>
    internal static Task MoveAsync(StreamTransaction transaction, Guid goes, Guid stays, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            "update outbox set contact_id = @stays where contact_id = @goes",
            new { goes, stays }, transaction.Transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes what waits to be sent to these contacts.</summary>
    internal static Task ForgetAsync(StreamTransaction transaction, Guid[] contactIds, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            "delete from outbox where contact_id = any(@contactIds)", new { contactIds }, transaction.Transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes these messages, if they still wait to be sent.</summary>
    internal static Task ForgetMessagesAsync(StreamTransaction transaction, Guid[] messageIds, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            "delete from outbox where message_id = any(@messageIds)", new { messageIds }, transaction.Transaction, cancellationToken: cancellationToken));

    /// <summary>Updates locked rows that go on waiting: queued until they are due, or unknown until their wait ends.</summary>
    internal static async Task UpdateAsync(
        StreamTransaction transaction, IReadOnlyCollection<WaitingRow> rows, CancellationToken cancellationToken)
    {
        const string Sql = """
            update outbox o
            set state = u.state, due_at = coalesce(u.due_at, o.due_at), lease_until = u.lease_until, attempts = u.attempts,
                throttles = u.throttles, error_class = u.error_class, error = u.error
            from unnest(@ids, @states, @dueAt::timestamptz[], @leaseUntil::timestamptz[], @attempts, @throttles, @classes, @errors)
                as u (message_id, state, due_at, lease_until, attempts, throttles, error_class, error)
            where o.message_id = any(@ids) and o.message_id = u.message_id
            """;

        if (rows.Count == 0) return;
        await transaction.Connection.ExecuteAsync(new CommandDefinition(Sql, new
        {
            ids = rows.Select(r => r.Row.MessageId).ToArray(),
            states = rows.Select(r => r.State).ToArray(),
            dueAt = rows.Select(r => r.DueAt).ToArray(),
            leaseUntil = rows.Select(r => r.LeaseUntil).ToArray(),
            attempts = rows.Select(r => r.Attempts).ToArray(),
            throttles = rows.Select(r => r.Throttles).ToArray(),
            classes = rows.Select(r => r.ErrorClass).ToArray(),
            errors = rows.Select(r => r.Error).ToArray(),
        }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Messages that wait to be sent, for operators: GET /api/v1/ops/outbound.</summary>
    public async Task<OutboundSummary> SummaryAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            select count(*) filter (where state = 'queued') as queued, count(*) filter (where state = 'sending') as sending,
                count(*) filter (where state = 'unknown') as unknown, min(created_at) as oldest_at
            from outbox;

            select error_class, count(*) from outbox where error_class is not null group by 1 order by 1;

            select w.id, w.phone_number_id, w.display_name, w.sending_stopped_at as stopped_at, w.sending_stopped_reason as reason,
                (select count(*) from outbox o where o.whatsapp_number_id = w.id) as waiting
            from whatsapp_numbers w
            where w.sending_stopped_at is not null
            order by w.sending_stopped_at desc
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(Sql, cancellationToken: cancellationToken));
        var counts = await results.ReadSingleAsync<(long Queued, long Sending, long Unknown, DateTime? OldestAt)>();
        var classes = await results.ReadAsync<(string ErrorClass, long Count)>();
        var stopped = await results.ReadAsync<StoppedNumber>();
        return new OutboundSummary(
            counts.Queued, counts.Sending, counts.Unknown, counts.OldestAt is { } at ? Math.Max(0, (long)(time.UtcNow() - at).TotalMilliseconds) : 0,
            classes.ToDictionary(c => c.ErrorClass, c => c.Count), stopped.AsList());
    }

    private async Task<IReadOnlyList<TRow>> InTransactionAsync<TRow>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var rows = await connection.QueryAsync<TRow>(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return rows.AsList();
    }
}

/// <summary>A recipient of a number, and whether its first message can be sent now.</summary>
internal sealed record PartitionHead(Guid WhatsappNumberId, Guid ContactId, bool IsDue);

/// <summary>A message that waits to be sent.</summary>
internal sealed record WaitingMessage(Guid MessageId, Guid ConversationId, Guid ContactId, long Position);

/// <summary>The new state of a row that goes on waiting.</summary>
internal sealed record WaitingRow(
    OutboxRow Row, string State, DateTime? DueAt, DateTime? LeaseUntil, int Attempts, int Throttles, string ErrorClass, string Error);
