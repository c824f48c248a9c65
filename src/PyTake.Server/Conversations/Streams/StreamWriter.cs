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
        IReadOnlyList<NpgsqlBatchCommand> statements, Message[] added, Message[] changed, Conversation[] conversations)
    {
        var ofConversation = conversations.ToDictionary(c => c.Id);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var command in statements) batch.BatchCommands.Add(command);
        if (added.Length > 0) batch.BatchCommands.Add(Insert(WithConversations(added)));
        if (changed.Length > 0) batch.BatchCommands.Add(Update(WithConversations(changed)));
        foreach (var command in ConversationWriter.Update(conversations)) batch.BatchCommands.Add(command);

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

    /// <summary>A command that deletes WhatsApp's ids of what messages quote: they have the customer's number in them.</summary>
    public static NpgsqlBatchCommand ForgetQuotes(Guid[] messageIds)
    {
        var command = new NpgsqlBatchCommand(
            "update messages set reply_to_whatsapp_message_id = null where id = any($1) and reply_to_whatsapp_message_id is not null");
        command.Add(NpgsqlDbType.Uuid, messageIds, id => id);
        return command;
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

    /// <summary>A message to be written, with its conversation.</summary>
    private readonly record struct Written(Message Row, Conversation Conversation);
}
