using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The SQL of the queue: taking items under their lanes' locks, setting them aside, and bringing them back.</summary>
internal sealed partial class WebhookQueue(NpgsqlDataSource db, ILogger<WebhookQueue> logger)
{
    // First key of the advisory locks that are lanes; the second is the lane.
    private const int LockClass = 0x5054;

    // What waits for a message that is not here (yet) has not failed, and there may be floods of it.
    private const string Failed = "state in ('retry', 'dead') and waits_for is null";

    /// <summary>Locks the lanes that are free until the transaction ends, and takes their oldest items, in the order of arrival.</summary>
    /// <remarks>
    /// One round trip, but two statements: what is taken needs a snapshot from after the locks. The first leaves the second a note of
    /// the lanes it got.
    /// </remarks>
    /// <returns>The lanes that were locked, and the items.</returns>
    public static async Task<(short[] Locked, WebhookItem[] Items)> TakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, short[] lanes, int limit, CancellationToken cancellationToken)
    {
        const string Sql = """
            with locked as materialized (
                select lane from unnest(@lanes) as l (lane) where pg_try_advisory_xact_lock(@LockClass, lane)
            )
            select lane, set_config('pytake.lanes', (select coalesce(array_agg(lane), '{}')::text from locked), true) from locked;

            delete from webhook_items
            where id = any(array(
                select id from webhook_items
                where lane = any(coalesce(nullif(current_setting('pytake.lanes', true), ''), '{}')::smallint[])
                order by id
                limit @limit))
            returning id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload
            """;
        using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            Sql, new { lanes, LockClass, limit }, transaction, cancellationToken: cancellationToken));
        var locked = (await results.ReadAsync<(short Lane, string _)>()).Select(row => row.Lane).ToArray();
        var items = await results.ReadAsync<WebhookItem>();
        return (locked, [.. items.OrderBy(i => i.Id)]);
    }

    /// <summary>Locks one lane until the transaction ends, if nobody else has it.</summary>
    public static Task<bool> LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, short lane, CancellationToken cancellationToken)
        => connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select pg_try_advisory_xact_lock(@LockClass, @lane)", new { LockClass, lane }, transaction, cancellationToken: cancellationToken));

    /// <summary>Takes one item, if it is still there.</summary>
    public static async Task<WebhookItem?> TakeOneAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, long id, CancellationToken cancellationToken)
    {
        const string Sql = """
            delete from webhook_items where id = @id
            returning id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload
            """;
        return await connection.QuerySingleOrDefaultAsync<WebhookItem>(new CommandDefinition(Sql, new { id }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Keeps items that left the queue without their effect.</summary>
    public static async Task SetAsideAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<SetAside> aside, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload,
                state, error, waits_for, due_at, expires_at)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """;
        if (aside.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        var command = new NpgsqlBatchCommand(Sql);
        command.Add(NpgsqlDbType.Bigint, aside, a => a.Item.Id);
        command.Add(NpgsqlDbType.Smallint, aside, a => a.Item.Lane);
        command.Add(NpgsqlDbType.TimestampTz, aside, a => a.Item.ReceivedAt);
        command.Add(NpgsqlDbType.Smallint, aside, a => (short)(a.Item.Attempts + 1));
        command.Add(NpgsqlDbType.Text, aside, a => a.Item.Kind);
        command.Add(NpgsqlDbType.Text, aside, a => a.Item.PhoneNumberId);
        command.Add(NpgsqlDbType.Text, aside, a => a.Item.TraceParent);
        command.Add(NpgsqlDbType.Bytea, aside, a => a.Item.Payload);
        command.Add(NpgsqlDbType.Text, aside, a => a.State);
        command.Add(NpgsqlDbType.Text, aside, a => a.Error);
        command.Add(NpgsqlDbType.Text, aside, a => a.WaitsFor);
        command.Add(NpgsqlDbType.TimestampTz, aside, a => a.RetryAt);
        command.Add(NpgsqlDbType.TimestampTz, aside, a => a.ExpiresAt);
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What waited for these (wamids, phone_number_ids) is tried again now.</summary>
    public static NpgsqlBatchCommand Arrived(string[] awaited)
    {
        var command = new NpgsqlBatchCommand("""
            update webhook_items_set_aside set state = 'retry', due_at = now()
            where waits_for = any($1) and state in ('retry', 'parked')
            """);
        command.Add(NpgsqlDbType.Text, awaited, a => a);
        return command;
    }

    /// <summary>The lanes that have items, with the oldest of each.</summary>
    public async Task<IReadOnlyDictionary<short, long>> OldestAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            select lane, min(id)
            from (select lane, id from webhook_items order by id limit 1000) as oldest
            group by lane
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var lanes = await connection.QueryAsync<(short Lane, long Id)>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
        return lanes.ToDictionary(l => l.Lane, l => l.Id);
    }

    /// <summary>Puts what is due again back into the queue, under its old id.</summary>
    /// <param name="headStart">How much longer what failed is left to whoever else tries it again.</param>
    /// <returns>The lanes that have work from it.</returns>
    public async Task<short[]> RequeueDueAsync(TimeSpan headStart, CancellationToken cancellationToken)
    {
        const string Sql = """
            with due as (
                delete from webhook_items_set_aside
                where id = any(array(
                    select id from webhook_items_set_aside
                    where state = 'retry' and due_at <= now() and (waits_for is not null or due_at <= now() - @headStart)
                    order by due_at
                    limit 500
                    for update skip locked))
                returning id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload
            )
            insert into webhook_items (id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload)
            overriding system value
            select id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload from due order by id
            returning lane
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return [.. (await connection.QueryAsync<short>(new CommandDefinition(Sql, new { headStart }, cancellationToken: cancellationToken))).Distinct()];
    }

    /// <summary>Puts one item that failed back into the queue; a dead one as if it had just come.</summary>
    /// <returns>The item, or null where it is not set aside because of a failure.</returns>
    public async Task<WebhookItem?> RequeueAsync(long id, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            with item as (
                delete from webhook_items_set_aside where id = @id and {Failed}
                returning id, lane, received_at, case state when 'dead' then 0 else attempts end as attempts, kind, phone_number_id, trace_parent, payload
            )
            insert into webhook_items (id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload)
            overriding system value
            select id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload from item
            returning id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<WebhookItem>(new CommandDefinition(Sql, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Why an item is set aside; null where it is not, or for another reason than a failure.</summary>
    public async Task<Failure?> FailureAsync(long id, CancellationToken cancellationToken)
    {
        const string Sql = $"select error, due_at as retry_at from webhook_items_set_aside where id = @id and {Failed}";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Failure>(new CommandDefinition(Sql, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>What failed within the last hour.</summary>
    public async Task<IReadOnlyList<long>> RecentFailuresAsync(CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select id
            from webhook_items_set_aside
            where {Failed} and set_aside_at > now() - interval '1 hour'
            order by set_aside_at desc
            limit 200
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<long>(new CommandDefinition(Sql, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>
    /// Sets going what was parked for a number that is in use after all: whoever saved the number did not see an item that was just
    /// then being set aside.
    /// </summary>
    public async Task WakeParkedAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            update webhook_items_set_aside
            set state = 'retry', due_at = now()
            where id = any(array(
                select i.id
                from whatsapp_numbers n
                cross join lateral (
                    select id from webhook_items_set_aside
                    where waits_for is not null and waits_for = n.phone_number_id and state = 'parked'
                    limit 1000
                ) i
                where n.is_active))
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Sql, cancellationToken: cancellationToken));
    }

    /// <summary>Forgets, in small bites, what nobody needs any more or has looked after in time.</summary>
    public async Task DeleteExpiredAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            delete from webhook_items_set_aside
            where id = any(array(select id from webhook_items_set_aside where expires_at < now() limit 1000))
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        int count, all = 0;
        do all += count = await connection.ExecuteAsync(new CommandDefinition(Sql, cancellationToken: cancellationToken));
        while (count == 1000);
        if (all > 0) LogForgotten(all);
    }

    [LoggerMessage(3013, LogLevel.Information, "{Count} webhook items that had been set aside are forgotten: their time is over")]
    private partial void LogForgotten(int count);
}
