using Dapper;
using Npgsql;

namespace PyTake.Conversations;

/// <summary>Which part of a conversation's messages is asked for; at most one of the three, none for the newest page.</summary>
/// <param name="Before">The page before the message with this number.</param>
/// <param name="ChangedAfter">What was made or changed after this number, in the order of the changes.</param>
/// <param name="Skip">From the oldest on, leaving out so many.</param>
public sealed record MessageQuery(int Limit, long? Before, long? ChangedAfter, int? Skip);

/// <summary>A part of a conversation's messages, all from one snapshot.</summary>
/// <param name="LastSeq">Where the stream stood: ask for what changed after it and nothing is missed.</param>
/// <param name="Total">All that the conversation has, notes included.</param>
public sealed record MessagePage(IReadOnlyList<Message> Items, long LastSeq, int Total);

/// <summary>Reads the messages of conversations.</summary>
public sealed class MessageStore(NpgsqlDataSource db)
{
    private const string Oldest = "m.occurred_at, m.created_at, m.id";
    private const string Newest = "m.occurred_at desc, m.created_at desc, m.id desc";

    /// <summary>A page, ascending as it is shown (or by number, for changes); null where the organization has no such conversation.</summary>
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
            order by {(query.ChangedAfter is null ? Oldest : order)}
            """;

        Head? head = null;
        var rows = await connection.QueryAsync<Head, Message?, Message?>(
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
            }, cancellationToken: cancellationToken),
            (first, message) =>
            {
                head = first;
                return message;
            });
        var items = rows.OfType<Message>().ToList();
        return head is null ? null : new MessagePage(items, head.Position, head.Total);
    }

    /// <summary>The message an idempotency key of this organization made; null where it made none.</summary>
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

    /// <summary>The id of a conversation's message by its wamid; null where it has none such.</summary>
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

    // Where a message is shown never changes, while its number does: a page ends at a place, not at a number.
    private static async Task<Place?> PlaceAsync(NpgsqlConnection connection, Guid conversationId, long seq, CancellationToken cancellationToken)
    {
        const string Sql = """
            select occurred_at, created_at, id
            from messages
            where conversation_id = @conversationId
              and seq >= @seq
              and (seq = @seq or created_seq = @seq)
            order by seq
            limit 1
            """;

        return await connection.QuerySingleOrDefaultAsync<Place>(
            new CommandDefinition(Sql, new { conversationId, seq }, cancellationToken: cancellationToken));
    }

    private sealed record Head(long Position, int Total);

    private sealed record Place(DateTime OccurredAt, DateTime CreatedAt, Guid Id);
}
