using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;

namespace PyTake.Conversations;

/// <summary>
/// The SQL of a <see cref="StreamTransaction"/>, set-based: its cost depends on the number of statements far more than on rows.
/// </summary>
internal sealed class StreamWriter(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    // The columns of a message that may change after it was created.
    private static readonly ColumnMap<Written> Changeable = new ColumnMap<Written>()
        .With("seq", NpgsqlDbType.Bigint, m => m.Row.Seq)
        .With("message_type", NpgsqlDbType.Text, m => m.Row.MessageType)
        .WithJson("content", m => m.Row.Content.Text)
        .With("status", NpgsqlDbType.Text, m => m.Row.Status)
        .With("whatsapp_message_id", NpgsqlDbType.Text, m => m.Row.WhatsappMessageId)
        .WithJson("reactions", m => m.Row.Reactions.Text)
        .WithJson("media", m => m.Row.Media?.Text)
        .WithJson("meta", m => m.Row.Meta?.Text)
        .With("error_code", NpgsqlDbType.Text, m => m.Row.ErrorCode)
        .With("error_message", NpgsqlDbType.Text, m => m.Row.ErrorMessage)
        .With("sent_at", NpgsqlDbType.TimestampTz, m => m.Row.SentAt)
        .With("delivered_at", NpgsqlDbType.TimestampTz, m => m.Row.DeliveredAt)
        .With("read_at", NpgsqlDbType.TimestampTz, m => m.Row.ReadAt)
        .With("failed_at", NpgsqlDbType.TimestampTz, m => m.Row.FailedAt);

    private static readonly ColumnMap<Written> Inserted = new ColumnMap<Written>()
        .With("id", NpgsqlDbType.Uuid, m => m.Row.Id)
        .With("organization_id", NpgsqlDbType.Uuid, m => m.Conversation.OrganizationId)
        .With("conversation_id", NpgsqlDbType.Uuid, m => m.Row.ConversationId)
        .With("whatsapp_number_id", NpgsqlDbType.Uuid, m => m.Conversation.WhatsappNumberId)
        .With("created_seq", NpgsqlDbType.Bigint, m => m.Row.CreatedSeq)
        .With("inbound_number", NpgsqlDbType.Integer, m => m.Row.InboundNumber)
        .With("direction", NpgsqlDbType.Text, m => m.Row.Direction)
        .With("sender_type", NpgsqlDbType.Text, m => m.Row.SenderType)
        .With("sender_user_id", NpgsqlDbType.Uuid, m => m.Row.SenderUserId)
        .With("reply_to_message_id", NpgsqlDbType.Uuid, m => m.Row.ReplyToMessageId)
        .With("reply_to_whatsapp_message_id", NpgsqlDbType.Text, m => m.Row.ReplyToWhatsappMessageId)
        .With("client_message_id", NpgsqlDbType.Text, m => m.Row.ClientMessageId)
        .With("occurred_at", NpgsqlDbType.TimestampTz, m => m.Row.OccurredAt)
        .With("created_at", NpgsqlDbType.TimestampTz, m => m.Row.CreatedAt)
        .With(Changeable);

    private static readonly string InsertSql = $"""
        insert into messages ({Inserted.Names})
        select {Inserted.Values}
        from {Inserted.Unnest()} as m ({Inserted.Names})
        """;

    private static readonly ColumnMap<Written> Updated = new ColumnMap<Written>()
        .With("id", NpgsqlDbType.Uuid, m => m.Row.Id)
        .With(Changeable);

    private static readonly string UpdateSql = $"""
        update messages m
        set {Changeable.Assignments("u")}
        from {Updated.Unnest()} as u ({Updated.Names})
        where m.id = u.id
        """;

    private static readonly ColumnMap<Placed> ChangeableOfConversation = new ColumnMap<Placed>()
        .With("last_seq", NpgsqlDbType.Bigint, c => c.Row.LastSeq)
        .With("status", NpgsqlDbType.Text, c => c.Row.Status)
        .With("assigned_agent_id", NpgsqlDbType.Uuid, c => c.Row.AssignedAgentId)
        .With("priority", NpgsqlDbType.Text, c => c.Row.Priority)
        .With("tags", NpgsqlDbType.Text, c => c.Row.Tags.Length == 0 ? "[]" : JsonSerializer.Serialize(c.Row.Tags), "array(select jsonb_array_elements_text({0}::jsonb))")
        .WithJson("extra_data", c => c.Row.ExtraData.Text)
        .With("inbound_count", NpgsqlDbType.Integer, c => c.Row.InboundCount)
        .With("total_messages", NpgsqlDbType.Integer, c => c.Row.TotalMessages)
        .WithJson("last_message", c => c.Row.LastMessage?.Text)
        .With("last_message_at", NpgsqlDbType.TimestampTz, c => c.Row.LastMessageAt)
        .With("last_inbound_at", NpgsqlDbType.TimestampTz, c => c.Row.LastInboundAt)
        .With("last_outbound_at", NpgsqlDbType.TimestampTz, c => c.Row.LastOutboundAt)
        .With("window_expires_at", NpgsqlDbType.TimestampTz, c => c.Row.WindowExpiresAt)
        .With("first_response_at", NpgsqlDbType.TimestampTz, c => c.Row.FirstResponseAt)
        .With("resolved_at", NpgsqlDbType.TimestampTz, c => c.Row.ResolvedAt)
        .With("closed_at", NpgsqlDbType.TimestampTz, c => c.Row.ClosedAt)
        .With("updated_at", NpgsqlDbType.TimestampTz, c => c.Row.UpdatedAt);

    private static readonly ColumnMap<Placed> UpdatedConversations = new ColumnMap<Placed>()
        .With("id", NpgsqlDbType.Uuid, c => c.Row.Id)
        .With("place", NpgsqlDbType.Integer, c => c.Place)
        .With(ChangeableOfConversation);

    private static readonly string UpdateConversationsSql = $"""
        with counters as (
            update inbox_counters i
            set inbox_seq = i.inbox_seq + n.changes
            from unnest($1, $2) as n (organization_id, changes)
            where i.organization_id = n.organization_id
            returning i.organization_id, i.inbox_seq, i.inbox_seq - n.changes as base
        )
        update conversations c
        set inbox_seq = counters.base + u.place, {ChangeableOfConversation.Assignments("u")}
        from counters, {UpdatedConversations.Unnest(first: 3)} as u ({UpdatedConversations.Names})
        where c.id = u.id and c.organization_id = counters.organization_id
        returning c.id, c.inbox_seq, counters.inbox_seq
        """;

    public NpgsqlConnection Connection => connection;
    public NpgsqlTransaction Transaction => transaction;

    /// <summary>The inbox number that each written conversation got.</summary>
    public Dictionary<Guid, long> InboxSeqs { get; } = [];

    /// <summary>Each organization's last inbox number after the commit.</summary>
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
    /// One round trip for the callers' statements, new messages, changed messages, conversations with their inbox numbers, and the commit,
    /// so that the organization's counter is not locked during a network round trip.
    /// </summary>
    public async Task CommitAsync(
        IReadOnlyList<NpgsqlBatchCommand> also, Message[] added, Message[] changed, Conversation[] conversations)
    {
        var organizations = conversations.GroupBy(c => c.OrganizationId).OrderBy(g => g.Key).ToArray();
        var ofConversation = conversations.ToDictionary(c => c.Id);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var command in also) batch.BatchCommands.Add(command);
        if (added.Length > 0) batch.BatchCommands.Add(Insert(WithConversations(added)));
        if (changed.Length > 0) batch.BatchCommands.Add(Update(WithConversations(changed)));
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

        Written[] WithConversations(Message[] messages) => Array.ConvertAll(messages, message => new Written(message, ofConversation[message.ConversationId]));
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static NpgsqlBatchCommand Insert(Written[] messages)
    {
        var command = new NpgsqlBatchCommand(InsertSql);
        Inserted.AddTo(command, messages);
        return command;
    }

    private static NpgsqlBatchCommand Update(Written[] messages)
    {
        var command = new NpgsqlBatchCommand(UpdateSql);
        Updated.AddTo(command, messages);
        return command;
    }

    // Several organizations in one transaction: locks their counters in the order of their ids, as all transactions do.
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
        var command = new NpgsqlBatchCommand(UpdateConversationsSql);
        command.Add(NpgsqlDbType.Uuid, organizations, g => g.Key);
        command.Add(NpgsqlDbType.Integer, organizations, g => g.Count());
        UpdatedConversations.AddTo(command, [.. organizations.SelectMany(g => g.Select((conversation, index) => new Placed(index + 1, conversation)))]);
        return command;
    }

    /// <summary>A message to be written, with its conversation.</summary>
    private readonly record struct Written(Message Row, Conversation Conversation);

    /// <summary>A conversation, and its place (from 1) among the inbox numbers that its organization assigns in this commit.</summary>
    private readonly record struct Placed(int Place, Conversation Row);
}
