using System.Data.Common;
using Dapper;
using Npgsql;

namespace PyTake.Conversations;

/// <summary>Which page of a conversation's messages to read; at most one of the last three is set, and none for the newest page.</summary>
/// <param name="Before">The page before the message with this seq.</param>
/// <param name="ChangedAfter">Messages created or changed after this seq, in the order of the changes.</param>
/// <param name="Skip">Oldest first, without the first so many.</param>
public sealed record MessageQuery(int Limit, long? Before, long? ChangedAfter, int? Skip);

/// <summary>A page of a conversation's messages, all from one snapshot.</summary>
/// <param name="LastSeq">The stream's last seq at the snapshot: a query for changes after it misses nothing.</param>
/// <param name="Total">How many messages the conversation has, including notes.</param>
/// <param name="Next">What the next page is asked for with: before or changed_after. Null if there is none; a page may be shorter than asked for.</param>
public sealed record MessagePage(IReadOnlyList<Message> Items, long LastSeq, int Total, long? Next);

/// <summary>Reads the messages of conversations.</summary>
public sealed class MessageStore(NpgsqlDataSource db)
{
    private const string Oldest = "m.occurred_at, m.created_at, m.id";
    private const string Newest = "m.occurred_at desc, m.created_at desc, m.id desc";

    /// <summary>A page in the order of display (or by seq, for changes); null if the organization has no such conversation.</summary>
    public async Task<MessagePage?> PageAsync(Guid organizationId, Guid conversationId, MessageQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var place = query.Before is { } before ? await PlaceAsync(connection, conversationId, before, cancellationToken) : null;
        var (condition, order) = query switch
        {
            { ChangedAfter: not null } => ("and m.seq > @ChangedAfter", "m.seq"),
            { Before: not null } when place is not null => ("and (m.occurred_at, m.created_at, m.id) < (@OccurredAt, @CreatedAt, @Id)", Newest),
            { Before: not null } => ("and m.created_seq < @Before", Newest),
            { Skip: not null } => ("", Oldest),
            _ => ("", Newest),
        };
        var sql = $"""
            select c.last_seq as position, c.total_messages as total, {MessageColumns.All}
            from conversations c
            left join lateral (
                select *
                from messages m
                where m.conversation_id = c.id
                  {condition}
                order by {order}
                offset @skip
                limit @Limit
            ) m on true
            where c.id = @conversationId
              and c.organization_id = @organizationId
            order by {order}
            """;

        await using var reader = await connection.ExecuteReaderAsync(
            new CommandDefinition(sql, new
            {
                conversationId,
                organizationId,
                query.Limit,
                query.Before,
                query.ChangedAfter,
                skip = query.Skip ?? 0,
                place?.OccurredAt,
                place?.CreatedAt,
                place?.Id,
            }, cancellationToken: cancellationToken));
        var (head, items) = await ReadAsync(reader, query.Limit, cancellationToken);
        if (head is null) return null;
        var next = items.Next ? items.Messages[^1].Seq : (long?)null;
        if (order == Newest) items.Messages.Reverse();
        return new MessagePage(items.Messages, head.Position, head.Total, order == Oldest ? null : next);
    }

    // In the order in which they are asked for, so that what does not fit is what the next page begins with.
    private static async Task<(Head? Head, (List<Message> Messages, bool Next) Items)> ReadAsync(DbDataReader reader, int limit, CancellationToken cancellationToken)
    {
        var (parseHead, parse) = (reader.GetRowParser<Head>(length: 2), reader.GetRowParser<Message?>(startIndex: 2, returnNullIfFirstMissing: true));
        Head? head = null;
        List<Message> messages = [];
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            head ??= parseHead(reader);
            if (parse(reader) is not { } message) continue;
            if ((bytes += AnswerSize.Of(message)) > AnswerSize.Most && messages.Count > 0) return (head, (messages, true));
            messages.Add(message);
        }
        return (head, (messages, messages.Count == limit));
    }

    /// <summary>A message of any of the organization's conversations; null if it has none with this id.</summary>
    public async Task<Message?> FindAsync(Guid organizationId, Guid messageId, CancellationToken cancellationToken)
    {
        const string Sql = $"select {MessageColumns.All} from messages m where m.id = @messageId and m.organization_id = @organizationId";

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Message>(
            new CommandDefinition(Sql, new { organizationId, messageId }, cancellationToken: cancellationToken));
    }

    /// <summary>The organization's message with this idempotency key; null if there is none.</summary>
    internal static async Task<Message?> FindByClientIdAsync(
        StreamTransaction transaction, Guid organizationId, string clientMessageId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {MessageColumns.All}
            from messages m
            where m.organization_id = @organizationId
              and m.client_message_id = @clientMessageId
            """;

        return await transaction.Connection.QuerySingleOrDefaultAsync<Message>(new CommandDefinition(
            Sql, new { organizationId, clientMessageId }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The id of a conversation's message with this wamid; null if there is none.</summary>
    internal static async Task<Guid?> FindByWhatsappIdAsync(
        StreamTransaction transaction, Conversation conversation, string whatsappMessageId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id
            from messages
            where whatsapp_number_id = @WhatsappNumberId
              and whatsapp_message_id = @whatsappMessageId
              and conversation_id = @Id
            """;

        return await transaction.Connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            Sql, new { conversation.WhatsappNumberId, whatsappMessageId, conversation.Id }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Messages of a conversation that are not erased yet.</summary>
    /// <param name="before">Only those from before this time; null for all.</param>
    internal static async Task<IReadOnlyList<Guid>> UnerasedAsync(
        StreamTransaction transaction, Guid conversationId, DateTime? before, int limit, CancellationToken cancellationToken)
    {
        // Those that were erased have the highest numbers of the stream.
        var sql = $"""
            select id
            from messages
            where conversation_id = @conversationId
              and message_type <> 'erased'
              {(before is null ? "" : "and occurred_at < @before")}
            order by {(before is null ? "seq" : "occurred_at")}
            limit @limit
            """;
        return (await transaction.Connection.QueryAsync<Guid>(new CommandDefinition(
            sql, new { conversationId, before, limit }, transaction.Transaction, cancellationToken: cancellationToken))).AsList();
    }

    // A message's place in the display order never changes, while its seq does, so pages continue from a place.
    private static async Task<Place?> PlaceAsync(NpgsqlConnection connection, Guid conversationId, long seq, CancellationToken cancellationToken)
    {
        // The second part runs only if the message has changed since. In one condition with the first it would be planned as a scan of all later messages.
        const string Sql = """
            (select occurred_at, created_at, id
             from messages
             where conversation_id = @conversationId and seq = @seq)
            union all
            (select occurred_at, created_at, id
             from messages
             where conversation_id = @conversationId and seq > @seq and created_seq = @seq
             order by seq
             limit 1)
            limit 1
            """;

        return await connection.QuerySingleOrDefaultAsync<Place>(
            new CommandDefinition(Sql, new { conversationId, seq }, cancellationToken: cancellationToken));
    }

    private sealed record Head(long Position, int Total);

    private sealed record Place(DateTime OccurredAt, DateTime CreatedAt, Guid Id);
}
