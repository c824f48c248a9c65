using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Conversations;

namespace PyTake.Realtime;

/// <summary>Reads organizations' lists as streams: conversations in the order of their last change's number.</summary>
public sealed class InboxStore(NpgsqlDataSource db, IOptions<RealtimeOptions> options)
{
    private readonly int _limit = options.Value.CatchUpLimit;

    /// <summary>The number of each organization's latest change; organizations without changes are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> PositionsAsync(Guid[] organizations, CancellationToken cancellationToken)
    {
        const string Sql = "select organization_id, inbox_seq from inbox_counters where organization_id = any(@organizations)";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid Id, long Seq)>(new CommandDefinition(Sql, new { organizations }, cancellationToken: cancellationToken));
        return rows.ToDictionary(r => r.Id, r => r.Seq);
    }

    /// <summary>Each organization's inbox number and active conversations, as of one moment; organizations without a list are missing.</summary>
    internal async Task<IReadOnlyDictionary<Guid, ActiveList>> ActiveAsync(Guid[] organizations, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select i.organization_id, i.inbox_seq, c.id, c.status, c.assigned_agent_id, c.last_message_at, c.last_inbound_at, c.last_outbound_at,
                c.inbound_count
            from inbox_counters i
            left join conversations c on c.organization_id = i.organization_id and {ConversationViews.Active}
            where i.organization_id = any(@organizations)
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ActiveRow>(new CommandDefinition(Sql, new { organizations }, cancellationToken: cancellationToken));
        return rows.GroupBy(row => (row.OrganizationId, row.InboxSeq))
            .ToDictionary(list => list.Key.OrganizationId, list => new ActiveList(list.Key.InboxSeq, [.. list.Where(row => row.Id is not null).Select(row => row.Entry)]));
    }

    /// <summary>Each organization's conversations that changed after a number, in the order of their changes.</summary>
    /// <returns>
    /// The latest for each organization, at most one more than the limit; more than the limit means resync instead of single changes.
    /// </returns>
    public async Task<ILookup<Guid, Conversation>> ChangedAsync(Guid[] organizations, long[] positions, CancellationToken cancellationToken)
    {
        // How many changed is not known when the statement is planned, so a plain join of contacts would be one that reads all of them.
        const string Sql = $"""
            select {ConversationColumns.All}
            from unnest(@organizations, @positions) as f (organization_id, position)
            cross join lateral (
                select *
                from conversations
                where organization_id = f.organization_id and inbox_seq > f.position
                order by inbox_seq desc
                limit @limit
            ) c
            cross join lateral (select * from contacts where id = c.contact_id limit 1) k
            order by c.organization_id, c.inbox_seq
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Conversation, Contact, Conversation>(
            new CommandDefinition(Sql, new { organizations, positions, limit = _limit + 1 }, cancellationToken: cancellationToken),
            ConversationColumns.WithContact);
        return rows.ToLookup(c => c.OrganizationId);
    }

    /// <summary>How many of the customer's messages these users have read; users who never read any are missing.</summary>
    public async Task<IReadOnlyDictionary<(Guid User, Guid Conversation), int>> ReadCountsAsync(
        Guid[] users, Guid[] conversations, CancellationToken cancellationToken)
    {
        const string Sql = """
            select user_id, conversation_id, inbound_read
            from conversation_reads
            where conversation_id = any(@conversations) and user_id = any(@users)
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid User, Guid Conversation, int Read)>(
            new CommandDefinition(Sql, new { users, conversations }, cancellationToken: cancellationToken));
        return rows.ToDictionary(r => (r.User, r.Conversation), r => r.Read);
    }

    /// <summary>In how many active conversations of their organizations these users have read everything that the customer wrote; users without any are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, int>> UpToDateAsync(Guid[] organizations, Guid[] users, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select r.user_id, count(*)::int
            from conversations c
            join conversation_reads r on r.conversation_id = c.id and r.inbound_read >= c.inbound_count
            where c.organization_id = any(@organizations)
              and {ConversationViews.Active}
              and c.inbound_count > 0
              and r.user_id = any(@users)
            group by r.user_id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid User, int Count)>(new CommandDefinition(Sql, new { organizations, users }, cancellationToken: cancellationToken));
        return rows.ToDictionary(r => r.User, r => r.Count);
    }

    /// <summary>Conversations in which these users read something since a time, with what is still unread.</summary>
    /// <param name="most">Limit for each user; the latest are kept.</param>
    public async Task<IReadOnlyList<(Guid UserId, Guid ConversationId, int Unread)>> ReadSinceAsync(
        Guid[] users, DateTime since, int most, CancellationToken cancellationToken)
    {
        const string Sql = """
            select r.user_id, r.conversation_id, greatest(0, c.inbound_count - r.inbound_read)
            from unnest(@users) as u (id)
            cross join lateral (
                select user_id, conversation_id, inbound_read
                from conversation_reads
                where user_id = u.id and updated_at > @since
                order by updated_at desc
                limit @most
            ) r
            join conversations c on c.id = r.conversation_id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid, Guid, int)>(
            new CommandDefinition(Sql, new { users, since, most }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private sealed record ActiveRow(
        Guid OrganizationId, long InboxSeq, Guid? Id, string? Status, Guid? AssignedAgentId, DateTime? LastMessageAt, DateTime? LastInboundAt,
        DateTime? LastOutboundAt, int? InboundCount)
    {
        public (Guid, Standing) Entry => (Id!.Value, Standing.Of(Status!, AssignedAgentId, LastMessageAt, LastInboundAt, LastOutboundAt, InboundCount!.Value));
    }
}

/// <summary>An organization's active conversations.</summary>
/// <param name="InboxSeq">The organization's inbox number at that moment.</param>
internal sealed record ActiveList(long InboxSeq, IReadOnlyList<(Guid Id, Standing Standing)> Active);
