using System.Data;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;

namespace PyTake.Conversations;

/// <summary>
/// The SQL of a <see cref="StreamTransaction"/>, set-based: its cost hangs on the number of statements far more than on rows.
/// </summary>
internal sealed class StreamWriter(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    public NpgsqlConnection Connection => connection;
    public NpgsqlTransaction Transaction => transaction;

    /// <summary>The number each written conversation got in its organization's list.</summary>
    public Dictionary<Guid, long> InboxSeqs { get; } = [];

    /// <summary>Where each organization's list stands after the commit.</summary>
    public Dictionary<Guid, long> Inboxes { get; } = [];

    public async Task<IEnumerable<Conversation>> LockAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {ConversationColumns.All}
            from conversations c
            join contacts k on k.id = c.contact_id
            where c.id = any(@ids)
            order by c.id
            for no key update of c
            """;

        return await connection.QueryAsync<Conversation, Contact, Conversation>(
            new CommandDefinition(Sql, new { ids = ids as Guid[] ?? [.. ids] }, transaction, cancellationToken: cancellationToken),
            ConversationColumns.WithContact);
    }

    public async Task<IEnumerable<Message>> LoadMessagesAsync(Guid[] ids, CancellationToken cancellationToken)
    {
        const string Sql = $"select {MessageColumns.All} from messages m where m.id = any(@ids)";
        return await connection.QueryAsync<Message>(new CommandDefinition(Sql, new { ids }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// One round trip: others' statements, new messages, changed messages, conversations with their organization's numbers, and the
    /// commit, so that the organization's counter is held for no network's sake.
    /// </summary>
    public async Task CommitAsync(
        IReadOnlyList<NpgsqlBatchCommand> also, Message[] added, Message[] changed, Conversation[] conversations)
    {
        var organizations = conversations.GroupBy(c => c.OrganizationId).OrderBy(g => g.Key).ToArray();
        var ofConversation = conversations.ToDictionary(c => c.Id);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var command in also) batch.BatchCommands.Add(command);
        if (added.Length > 0) batch.BatchCommands.Add(Insert(added, ofConversation));
        if (changed.Length > 0) batch.BatchCommands.Add(Update(changed));
        if (organizations.Length > 1) batch.BatchCommands.Add(LockCounters(organizations.Select(g => g.Key)));
        if (organizations.Length > 0) batch.BatchCommands.Add(Update(organizations));

        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));

        await using var reader = await batch.ExecuteReaderAsync();
        do
        {
            if (reader.FieldCount != 3) continue;
            while (await reader.ReadAsync())
            {
                InboxSeqs[reader.GetGuid(0)] = reader.GetInt64(1);
                Inboxes[ofConversation[reader.GetGuid(0)].OrganizationId] = reader.GetInt64(2);
            }
        }
        while (await reader.NextResultAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static NpgsqlBatchCommand Insert(Message[] messages, Dictionary<Guid, Conversation> conversations)
    {
        var command = new NpgsqlBatchCommand("""
            insert into messages (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, inbound_number,
                direction, sender_type, sender_user_id, message_type, content, status, whatsapp_message_id,
                reply_to_message_id, reply_to_whatsapp_message_id, client_message_id, reactions, media, meta,
                error_code, error_message, occurred_at, created_at, sent_at, delivered_at, read_at, failed_at)
            select id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, inbound_number,
                direction, sender_type, sender_user_id, message_type, content::jsonb, status, whatsapp_message_id,
                reply_to_message_id, reply_to_whatsapp_message_id, client_message_id, reactions::jsonb, media::jsonb, meta::jsonb,
                error_code, error_message, occurred_at, created_at, sent_at, delivered_at, read_at, failed_at
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                $24, $25, $26, $27, $28)
                as m (id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, inbound_number,
                direction, sender_type, sender_user_id, message_type, content, status, whatsapp_message_id,
                reply_to_message_id, reply_to_whatsapp_message_id, client_message_id, reactions, media, meta,
                error_code, error_message, occurred_at, created_at, sent_at, delivered_at, read_at, failed_at)
            """);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.Id);
        command.Add(NpgsqlDbType.Uuid, messages, m => conversations[m.ConversationId].OrganizationId);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.ConversationId);
        command.Add(NpgsqlDbType.Uuid, messages, m => conversations[m.ConversationId].WhatsappNumberId);
        command.Add(NpgsqlDbType.Bigint, messages, m => m.Seq);
        command.Add(NpgsqlDbType.Bigint, messages, m => m.CreatedSeq);
        command.Add(NpgsqlDbType.Integer, messages, m => m.InboundNumber);
        command.Add(NpgsqlDbType.Text, messages, m => m.Direction);
        command.Add(NpgsqlDbType.Text, messages, m => m.SenderType);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.SenderUserId);
        command.Add(NpgsqlDbType.Text, messages, m => m.MessageType);
        command.Add(NpgsqlDbType.Text, messages, m => m.Content.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.Status);
        command.Add(NpgsqlDbType.Text, messages, m => m.WhatsappMessageId);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.ReplyToMessageId);
        command.Add(NpgsqlDbType.Text, messages, m => m.ReplyToWhatsappMessageId);
        command.Add(NpgsqlDbType.Text, messages, m => m.ClientMessageId);
        command.Add(NpgsqlDbType.Text, messages, m => m.Reactions.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.Media?.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.Meta?.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.ErrorCode);
        command.Add(NpgsqlDbType.Text, messages, m => m.ErrorMessage);
        command.Add(NpgsqlDbType.TimestampTz, messages, m => m.OccurredAt);
        command.Add(NpgsqlDbType.TimestampTz, messages, m => m.CreatedAt);
        AddTimes(command, messages);
        return command;
    }

    private static NpgsqlBatchCommand Update(Message[] messages)
    {
        var command = new NpgsqlBatchCommand("""
            update messages m
            set seq = u.seq, message_type = u.message_type, content = u.content::jsonb, status = u.status,
                whatsapp_message_id = u.whatsapp_message_id, reactions = u.reactions::jsonb, media = u.media::jsonb,
                meta = u.meta::jsonb, error_code = u.error_code, error_message = u.error_message,
                sent_at = u.sent_at, delivered_at = u.delivered_at, read_at = u.read_at, failed_at = u.failed_at
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                as u (id, seq, message_type, content, status, whatsapp_message_id, reactions, media, meta, error_code,
                error_message, sent_at, delivered_at, read_at, failed_at)
            where m.id = u.id
            """);
        command.Add(NpgsqlDbType.Uuid, messages, m => m.Id);
        command.Add(NpgsqlDbType.Bigint, messages, m => m.Seq);
        command.Add(NpgsqlDbType.Text, messages, m => m.MessageType);
        command.Add(NpgsqlDbType.Text, messages, m => m.Content.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.Status);
        command.Add(NpgsqlDbType.Text, messages, m => m.WhatsappMessageId);
        command.Add(NpgsqlDbType.Text, messages, m => m.Reactions.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.Media?.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.Meta?.Text);
        command.Add(NpgsqlDbType.Text, messages, m => m.ErrorCode);
        command.Add(NpgsqlDbType.Text, messages, m => m.ErrorMessage);
        AddTimes(command, messages);
        return command;
    }

    private static void AddTimes(NpgsqlBatchCommand command, Message[] messages)
    {
        command.Add(NpgsqlDbType.TimestampTz, messages, m => m.SentAt);
        command.Add(NpgsqlDbType.TimestampTz, messages, m => m.DeliveredAt);
        command.Add(NpgsqlDbType.TimestampTz, messages, m => m.ReadAt);
        command.Add(NpgsqlDbType.TimestampTz, messages, m => m.FailedAt);
    }

    // Several organizations in one transaction: their counters in the order of their ids, as everybody takes them.
    private static NpgsqlBatchCommand LockCounters(IEnumerable<Guid> organizations)
    {
        var command = new NpgsqlBatchCommand("""
            select from inbox_counters where organization_id = any($1) order by organization_id for no key update
            """);
        command.Add(NpgsqlDbType.Uuid, [.. organizations], id => id);
        return command;
    }

    private static NpgsqlBatchCommand Update(IGrouping<Guid, Conversation>[] organizations)
    {
        var command = new NpgsqlBatchCommand("""
            with counters as (
                update inbox_counters i
                set inbox_seq = i.inbox_seq + n.changes
                from unnest($1, $2) as n (organization_id, changes)
                where i.organization_id = n.organization_id
                returning i.organization_id, i.inbox_seq, i.inbox_seq - n.changes as base
            )
            update conversations c
            set inbox_seq = counters.base + u.place, last_seq = u.last_seq, status = u.status,
                assigned_agent_id = u.assigned_agent_id, priority = u.priority,
                tags = array(select jsonb_array_elements_text(u.tags::jsonb)), extra_data = u.extra_data::jsonb,
                inbound_count = u.inbound_count, total_messages = u.total_messages, last_message = u.last_message::jsonb,
                last_message_at = u.last_message_at, last_inbound_at = u.last_inbound_at,
                last_outbound_at = u.last_outbound_at, window_expires_at = u.window_expires_at,
                first_response_at = u.first_response_at, resolved_at = u.resolved_at, closed_at = u.closed_at,
                updated_at = u.updated_at
            from counters, unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
                as u (id, place, last_seq, status, assigned_agent_id, priority, tags, extra_data, inbound_count,
                total_messages, last_message, last_message_at, last_inbound_at, last_outbound_at, window_expires_at,
                first_response_at, resolved_at, closed_at, updated_at)
            where c.id = u.id and c.organization_id = counters.organization_id
            returning c.id, c.inbox_seq, counters.inbox_seq
            """);
        var rows = organizations.SelectMany(g => g.Select((conversation, index) => (Place: index + 1, Row: conversation))).ToArray();
        command.Add(NpgsqlDbType.Uuid, organizations, g => g.Key);
        command.Add(NpgsqlDbType.Integer, organizations, g => g.Count());
        command.Add(NpgsqlDbType.Uuid, rows, r => r.Row.Id);
        command.Add(NpgsqlDbType.Integer, rows, r => r.Place);
        command.Add(NpgsqlDbType.Bigint, rows, r => r.Row.LastSeq);
        command.Add(NpgsqlDbType.Text, rows, r => r.Row.Status);
        command.Add(NpgsqlDbType.Uuid, rows, r => r.Row.AssignedAgentId);
        command.Add(NpgsqlDbType.Text, rows, r => r.Row.Priority);
        command.Add(NpgsqlDbType.Text, rows, r => r.Row.Tags.Length == 0 ? "[]" : System.Text.Json.JsonSerializer.Serialize(r.Row.Tags));
        command.Add(NpgsqlDbType.Text, rows, r => r.Row.ExtraData.Text);
        command.Add(NpgsqlDbType.Integer, rows, r => r.Row.InboundCount);
        command.Add(NpgsqlDbType.Integer, rows, r => r.Row.TotalMessages);
        command.Add(NpgsqlDbType.Text, rows, r => r.Row.LastMessage?.Text);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.LastMessageAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.LastInboundAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.LastOutboundAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.WindowExpiresAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.FirstResponseAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.ResolvedAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.ClosedAt);
        command.Add(NpgsqlDbType.TimestampTz, rows, r => r.Row.UpdatedAt);
        return command;
    }
}
