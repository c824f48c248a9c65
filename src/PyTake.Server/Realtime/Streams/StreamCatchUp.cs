using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.Realtime;

/// <summary>Reads what changed in conversations after given numbers, as the events that a client would have received.</summary>
public sealed class StreamCatchUp
{
    // Of all conversations that are read at once.
    private const long MostBytes = 8 * AnswerSize.Most;

    private readonly NpgsqlDataSource _db;
    private readonly int _limit;
    private readonly BatchedLookup<Guid, ConversationHead> _heads;
    private readonly BatchedLookup<(Guid Conversation, long After), MissedChanges> _missed;

    /// <summary>One instance per node.</summary>
    public StreamCatchUp(NpgsqlDataSource db, IOptions<RealtimeOptions> options)
    {
        (_db, _limit) = (db, options.Value.CatchUpLimit);
        // After a node died thousands of clients join at once, many of them the same conversation with the same number.
        _heads = new(HeadsAsync, most: 500);
        _missed = new(MissedAsync, most: 50);
    }

    /// <summary>Whether an organization has this conversation.</summary>
    public async Task<bool> BelongsAsync(Guid conversationId, Guid organizationId, CancellationToken cancellationToken)
        => (await _heads.FindAsync(conversationId, cancellationToken))?.OrganizationId == organizationId;

    /// <summary>A conversation's organization and last number; null if it does not exist. Does not check permissions.</summary>
    internal Task<ConversationHead?> HeadAsync(Guid conversationId, CancellationToken cancellationToken) => _heads.FindAsync(conversationId, cancellationToken);

    /// <summary>One conversation's changes after a number, read once for all callers that ask for the same; null if it does not exist.</summary>
    internal Task<MissedChanges?> MissedAsync(Guid conversationId, long after, CancellationToken cancellationToken)
        => _missed.FindAsync((conversationId, after), cancellationToken);

    /// <summary>The streams' last numbers in the database where they differ from the given ones.</summary>
    public async Task<IReadOnlyList<(Guid ConversationId, long LastSeq)>> DifferingPositionsAsync(
        Guid[] conversations, long[] positions, CancellationToken cancellationToken)
    {
        const string Sql = """
            select c.id, c.last_seq
            from unnest(@conversations, @positions) as r (id, position)
            cross join lateral (select id, last_seq from conversations where id = r.id limit 1) c
            where c.last_seq <> r.position
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid, long)>(
            new CommandDefinition(Sql, new { conversations, positions }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Each conversation's changes after a number, all as of one moment.</summary>
    public async Task<IReadOnlyList<MissedChanges>> MissedAsync(Guid[] conversations, long[] positions, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select c.id as conversation_id, r.position as after, c.last_seq, m.*
            from unnest(@conversations, @positions) as r (id, position)
            cross join lateral (select id, last_seq from conversations where id = r.id limit 1) c
            left join lateral (
                select {MessageColumns.All}
                from messages m
                where m.conversation_id = r.id and m.seq > r.position
                order by m.seq
                limit @limit
            ) m on true
            order by c.id, r.position, m.seq
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(
            new CommandDefinition(Sql, new { conversations, positions, limit = _limit + 1 }, cancellationToken: cancellationToken));
        return await ReadAsync(reader, cancellationToken);
    }

    // One conversation after the other, and of each no more than is sent: what is too much is not kept, so that many clients that come back to many large
    // conversations do not fill the memory.
    private async Task<IReadOnlyList<MissedChanges>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        var (parseEnd, parse) = (reader.GetRowParser<End>(length: 3), reader.GetRowParser<Message?>(startIndex: 3, returnNullIfFirstMissing: true));
        var missed = new List<MissedChanges>();
        var (all, bytes) = (0L, 0L);
        List<Message>? messages = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            var end = parseEnd(reader);
            if (missed is not [.., var last] || (last.ConversationId, last.After) != (end.ConversationId, end.After))
            {
                (messages, bytes) = ([], 0);
                missed.Add(new(end.ConversationId, end.After, end.LastSeq, messages));
            }
            if (messages is null || parse(reader) is not { } message) continue;
            messages.Add(message);
            var size = AnswerSize.Of(message);
            (all, bytes) = (all + size, bytes + size);
            if (messages.Count <= _limit && bytes <= AnswerSize.Most && all <= MostBytes) continue;
            (messages, all) = (null, all - bytes);
            missed[^1] = missed[^1] with { Messages = null };
        }
        return missed;
    }

    private async Task<IReadOnlyDictionary<Guid, ConversationHead>> HeadsAsync(Guid[] ids)
    {
        const string Sql = "select id, organization_id, last_seq from conversations where id = any(@ids)";
        await using var connection = await _db.OpenConnectionAsync();
        return (await connection.QueryAsync<ConversationHead>(Sql, new { ids })).ToDictionary(head => head.Id);
    }

    private async Task<IReadOnlyDictionary<(Guid Conversation, long After), MissedChanges>> MissedAsync((Guid Conversation, long After)[] asked)
    {
        var missed = await MissedAsync([.. asked.Select(a => a.Conversation)], [.. asked.Select(a => a.After)], CancellationToken.None);
        return missed.ToDictionary(m => (m.ConversationId, m.After));
    }

    private sealed record End(Guid ConversationId, long After, long LastSeq);

    internal sealed record ConversationHead(Guid Id, Guid OrganizationId, long LastSeq);
}

/// <param name="After">The number after which changes were read.</param>
/// <param name="LastSeq">The stream's last number at that time.</param>
/// <param name="Messages">The changed messages in the order of their last change; null if they are too many to send one by one.</param>
public sealed record MissedChanges(Guid ConversationId, long After, long LastSeq, IReadOnlyList<Message>? Messages)
{
    private const int EventsPerFrame = 50;
    private HubFrame[]? _frames;

    /// <summary>The changes as events for clients that know everything up to <see cref="After"/>, made once for all of them.</summary>
    internal HubFrame[] Frames => _frames ??= FramesAfter(After);

    /// <summary>The same for a client that knows more.</summary>
    internal HubFrame[] FramesAfter(long after) =>
    [
        .. Messages!.Where(message => message.Seq > after)
            .Select(message => Step(message, after))
            .Select(step => (ChatEvents.NameOf(step), (ReadOnlyMemory<byte>)ChatEvents.Arguments(ChatEvents.PayloadOf(step))))
            .Chunk(EventsPerFrame)
            .Select(events => new HubFrame(events)),
    ];

    /// <summary>The event for a message's last change, which includes all earlier ones.</summary>
    /// <param name="after">The number up to which the client has everything.</param>
    public static StreamChange Step(Message message, long after) => new(
        message.CreatedSeq > after ? ChangeKind.New : MayBeStatus(message) ? ChangeKind.Status : ChangeKind.Updated, message);

    // A status event carries only the tick, so it is used only for messages that never changed in any other way.
    private static bool MayBeStatus(Message message)
        => message.Direction == Direction.Outbound && message.MessageType != MessageType.Erased && !message.WasReactedTo() && message.Media is null
            && !Has(message, "edited_at") && !Has(message, "revoked_at");

    // Quotes inside texts are escaped in JSON, so this can only match a field's name.
    private static bool Has(Message message, string field) => message.Content.Text.Contains($"\"{field}\":", StringComparison.Ordinal);
}
