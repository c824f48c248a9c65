using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>What changed in conversations since given numbers, as the events that a client would have heard.</summary>
public sealed class StreamCatchUp(NpgsqlDataSource db, IOptions<RealtimeOptions> options)
{
    private readonly int _limit = options.Value.CatchUpLimit;

    /// <summary>Whether an organization has this conversation.</summary>
    public async Task<bool> BelongsAsync(Guid conversationId, Guid organizationId, CancellationToken cancellationToken)
    {
        const string Sql = "select exists (select from conversations where id = @conversationId and organization_id = @organizationId)";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<bool>(
            new CommandDefinition(Sql, new { conversationId, organizationId }, cancellationToken: cancellationToken));
    }

    /// <summary>Where a conversation's stream stands, whoever asks; null where there is none.</summary>
    public async Task<long?> ReadPositionAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        const string Sql = "select last_seq from conversations where id = @conversationId";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<long?>(
            new CommandDefinition(Sql, new { conversationId }, cancellationToken: cancellationToken));
    }

    /// <summary>Where streams stand whose number is not the given one.</summary>
    public async Task<IReadOnlyList<(Guid ConversationId, long LastSeq)>> OthersAsync(
        Guid[] conversations, long[] positions, CancellationToken cancellationToken)
    {
        const string Sql = """
            select c.id, c.last_seq
            from unnest(@conversations, @positions) as r (id, position)
            cross join lateral (select id, last_seq from conversations where id = r.id limit 1) c
            where c.last_seq <> r.position
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid, long)>(
            new CommandDefinition(Sql, new { conversations, positions }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Each conversation's changes after a number, all as of one moment.</summary>
    public async Task<IReadOnlyList<MissedChanges>> ReadAsync(Guid[] conversations, long[] positions, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select c.id as conversation_id, c.last_seq, m.*
            from unnest(@conversations, @positions) as r (id, position)
            cross join lateral (select id, last_seq from conversations where id = r.id limit 1) c
            left join lateral (
                select {MessageColumns.All}
                from messages m
                where m.conversation_id = r.id and m.seq > r.position
                order by m.seq
                limit @limit
            ) m on true
            order by c.id, m.seq
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<End, Message?, (End End, Message? Message)>(
            new CommandDefinition(Sql, new { conversations, positions, limit = _limit + 1 }, cancellationToken: cancellationToken),
            (end, message) => (end, message));
        return [.. from row in rows
                   group row.Message by row.End into conversation
                   let messages = conversation.OfType<Message>().ToArray()
                   select new MissedChanges(conversation.Key.ConversationId, conversation.Key.LastSeq, messages.Length > _limit ? null : messages)];
    }

    private sealed record End(Guid ConversationId, long LastSeq);
}

/// <param name="LastSeq">Where the stream stood when it was read.</param>
/// <param name="Messages">The changed messages by the number of their last change; null where they are too many to tell one by one.</param>
public sealed record MissedChanges(Guid ConversationId, long LastSeq, IReadOnlyList<Message>? Messages)
{
    /// <summary>The event for a message whose last change is its only one left: earlier steps are gone, and nobody misses them.</summary>
    /// <param name="after">The number up to which the listener knows everything.</param>
    public static StreamChange Step(Message message, long after) => new(
        message.CreatedSeq > after ? ChangeKind.New : MayBeStatus(message) ? ChangeKind.Status : ChangeKind.Updated, message);

    // A status event carries nothing but the tick, so it is told only of what never changed otherwise.
    private static bool MayBeStatus(Message message)
        => message.Direction == Direction.Outbound && !message.WasReactedTo() && message.Media is null
            && !Has(message, "edited_at") && !Has(message, "revoked_at");

    // The quotes of a text inside the content are escaped, so that this can only be a field's name.
    private static bool Has(Message message, string field) => message.Content.Text.Contains($"\"{field}\":", StringComparison.Ordinal);
}
