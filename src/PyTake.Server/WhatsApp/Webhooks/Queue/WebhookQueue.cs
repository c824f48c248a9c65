using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;
using PyTake.Jobs;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The SQL of the queue: taking items under their partitions' locks, deferring them, and bringing them back.</summary>
internal sealed partial class WebhookQueue(NpgsqlDataSource db, IOptions<WebhookOptions> options, ILogger<WebhookQueue> logger)
{
    // The tables keep the former name of partitions, lane, because nodes of the previous version use it.
    private const string Names = "id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload";
    private const string Columns = "id, lane as partition, received_at, attempts, kind, phone_number_id, trace_parent, payload";

    // The partitions that the previous statement has locked.
    private const string Locked = "coalesce(nullif(current_setting('pytake.partitions', true), ''), '{}')::smallint[]";

    // The table is mostly empty when its statistics are gathered, so the planner would scan all of it, once for each partition. The cost that it
    // estimates for the index would make it compile the statement, which takes half a second (jit_above_cost).
    private const string ByIndex = "set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true)";

    // octet_length does not have to read the payload.
    private const string Oldest = $"""
        select id
        from (
            select id, sum(octet_length(payload)) over (order by id) - octet_length(payload) as bytes_before
            from webhook_items
            where lane = any({Locked})
            order by id
            limit @limit
        ) oldest
        where bytes_before < @bytes
        """;

    // A share is the items of one number in one partition. The first part steps from share to share by the index, however many items they have.
    private const string OldestOfEachShare = $"""
        with recursive shares as (
            select l.lane, first.number
            from unnest({Locked}::int[]) as l (lane)
            cross join lateral (
                select coalesce(phone_number_id, '') as number
                from webhook_items
                where lane::int = l.lane
                order by coalesce(phone_number_id, '')
                limit 1
            ) first
            union all
            select s.lane, next.number
            from shares s
            cross join lateral (
                select coalesce(phone_number_id, '') as number
                from webhook_items
                where lane::int = s.lane and coalesce(phone_number_id, '') > s.number
                order by coalesce(phone_number_id, '')
                limit 1
            ) next
        )
        select id
        from (
            select oldest.id, sum(oldest.bytes) over (order by oldest.id) - oldest.bytes as bytes_before
            from shares s
            cross join lateral (
                select id, octet_length(payload) as bytes
                from webhook_items
                where lane::int = s.lane and coalesce(phone_number_id, '') = s.number
                order by id
                limit greatest(1, @limit / (select count(*) from shares))
            ) oldest
            order by oldest.id
            limit @limit
        ) fair
        where bytes_before < @bytes
        """;

    private static readonly ColumnMap<DeferredItem> DeferredColumns = new ColumnMap<DeferredItem>()
        .With("id", NpgsqlDbType.Bigint, a => a.Item.Id)
        .With("lane", NpgsqlDbType.Smallint, a => a.Item.Partition)
        .With("received_at", NpgsqlDbType.TimestampTz, a => a.Item.ReceivedAt)
        .With("attempts", NpgsqlDbType.Smallint, a => (short)(a.Item.Attempts + 1))
        .With("kind", NpgsqlDbType.Text, a => a.Item.Kind)
        .With("phone_number_id", NpgsqlDbType.Text, a => a.Item.PhoneNumberId)
        .With("trace_parent", NpgsqlDbType.Text, a => a.Item.TraceParent)
        .With("payload", NpgsqlDbType.Bytea, a => a.Item.Payload)
        .With("state", NpgsqlDbType.Text, a => a.State)
        .With("error", NpgsqlDbType.Text, a => a.Error)
        .With("waits_for", NpgsqlDbType.Text, a => a.WaitsFor)
        .With("due_at", NpgsqlDbType.TimestampTz, a => a.RetryAt)
        .With("expires_at", NpgsqlDbType.TimestampTz, a => a.ExpiresAt);

    private static readonly string DeferredSql = $"insert into webhook_items_set_aside ({DeferredColumns.Names}) select * from {DeferredColumns.Unnest()}";

    private static readonly short[] AllPartitions = [.. Enumerable.Range(0, Partitions.Count).Select(partition => (short)partition)];

    private readonly int _timeoutMs = options.Value.StatementTimeoutMs;

    // The first key of the partitions' advisory locks; the second is the partition.
    private const int LockClass = 0x5054;

    // Retries get a fraction of the timeout: they will probably time out again, and their partition waits meanwhile.
    private const int Sooner = 4;

    // Items that wait for a missing message have not failed, and there may be very many of them.
    private const string Failed = "state in ('retry', 'dead') and waits_for is null";

    /// <summary>
    /// Locks the partitions that are free until the transaction ends, and takes their oldest items, in the order of arrival. It also sets the
    /// timeout of the transaction's statements, because one customer's locked row would otherwise hold up all customers.
    /// </summary>
    /// <remarks>
    /// One round trip, but two statements, because taking the items needs a snapshot from after the locks. The first passes the locked partitions
    /// to the second in a setting.
    /// </remarks>
    /// <param name="connection">Where the transaction is.</param>
    /// <param name="transaction">With nothing locked yet.</param>
    /// <param name="partitions">The partitions to take from.</param>
    /// <param name="fairly">
    /// Whether to take the same number of items from each number in each partition instead of the oldest, so that one number's backlog does not
    /// hold up the others. Without a backlog all items are taken either way, and false costs less.
    /// </param>
    /// <param name="cancellationToken">Cancels it; the transaction has to be rolled back then.</param>
    /// <returns>The partitions that were locked, and the items.</returns>
    public async Task<(short[] Locked, WebhookItem[] Items)> TakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, short[] partitions, bool fairly, CancellationToken cancellationToken)
    {
        const string Lock = """
            with locked as materialized (
                select coalesce(array_agg(lane), '{}') as lanes
                from unnest(@partitions) as l (lane)
                where pg_try_advisory_xact_lock(@LockClass, lane)
            )
            select lanes, set_config('pytake.partitions', lanes::text, true), set_config('statement_timeout', @timeoutMs || 'ms', true)
            """;
        const string InOrder = $"{Lock}, null, null, null from locked; delete from webhook_items where id = any(array({Oldest})) returning {Columns}";
        const string Fairly = $"{Lock}, {ByIndex} from locked; delete from webhook_items where id = any(array({OldestOfEachShare})) returning {Columns}";

        var parameters = new { partitions, LockClass, timeoutMs = _timeoutMs, limit = options.Value.BatchSize, bytes = options.Value.BatchBytes };
        using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            fairly ? Fairly : InOrder, parameters, transaction, cancellationToken: cancellationToken));
        var (locked, _, _, _, _, _) = await results.ReadSingleAsync<(short[], string, string, string, string, string)>();
        var items = await results.ReadAsync<WebhookItem>();
        return (locked, [.. items.OrderBy(i => i.Id)]);
    }

    /// <summary>Takes those of a partition's items that are still queued, in the order of arrival, once the partition is free.</summary>
    /// <param name="isFirst">Whether they are tried together, with a shorter timeout because they are tried one by one after that.</param>
    public async Task<WebhookItem[]> TakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, short partition, long[] ids, bool isFirst, CancellationToken cancellationToken)
    {
        const string Lock = "select pg_advisory_xact_lock(@LockClass, @partition), set_config('statement_timeout', @timeoutMs || 'ms', true)";
        const string Take = $"delete from webhook_items where id = any(@ids) returning {Columns}";
        var parameters = new { LockClass, partition = (int)partition, ids, timeoutMs = isFirst ? _timeoutMs / Sooner : _timeoutMs };
        await connection.ExecuteAsync(new CommandDefinition(Lock, parameters, transaction, cancellationToken: cancellationToken));
        var items = await connection.QueryAsync<WebhookItem>(new CommandDefinition(Take, parameters, transaction, cancellationToken: cancellationToken));
        return [.. items.OrderBy(i => i.Id)];
    }

    /// <summary>
    /// Takes an item that was deferred because it failed, once its partition is free; a dead-lettered one as if it had just arrived. It does not
    /// go through the queue, where its failure would affect its neighbours.
    /// </summary>
    /// <param name="connection">Where the transaction is.</param>
    /// <param name="transaction">With nothing locked yet.</param>
    /// <param name="id">The item.</param>
    /// <param name="onlyDue">Not if another transaction has tried it while this one waited for the partition.</param>
    /// <param name="cancellationToken">Cancels it; the transaction has to be rolled back then.</param>
    /// <returns>Null if it is not deferred because of a failure.</returns>
    public async Task<WebhookItem?> TakeFailedAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, long id, bool onlyDue, CancellationToken cancellationToken)
    {
        const string Lock = $"""
            select pg_advisory_xact_lock(@LockClass, lane),
                set_config('statement_timeout', case when attempts < 3 then @timeoutMs / @Sooner else @timeoutMs * (attempts - 2) end || 'ms', true)
            from webhook_items_set_aside
            where id = @id and {Failed}
            """;
        const string Take = $"""
            delete from webhook_items_set_aside
            where id = @id and {Failed} and (not @onlyDue or (state = 'retry' and due_at <= now()))
            returning id, lane as partition, received_at, case state when 'dead' then 0::smallint else attempts end as attempts, kind, phone_number_id, trace_parent, payload
            """;
        var parameters = new { LockClass, id, onlyDue, Sooner, timeoutMs = _timeoutMs };
        await connection.ExecuteAsync(new CommandDefinition(Lock, parameters, transaction, cancellationToken: cancellationToken));
        return await connection.QuerySingleOrDefaultAsync<WebhookItem>(new CommandDefinition(Take, parameters, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores items that leave the queue without having been applied.</summary>
    public static async Task DeferAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<DeferredItem> deferred, CancellationToken cancellationToken)
    {
        if (deferred.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        var command = new NpgsqlBatchCommand(DeferredSql);
        DeferredColumns.AddTo(command, deferred);
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The partitions that have items, each with its next item.</summary>
    public async Task<IReadOnlyDictionary<short, long>> NextAsync(CancellationToken cancellationToken)
    {
        const int Enough = 1000;
        const string Sql = """
            select lane, min(id), count(*)
            from (select lane, id from webhook_items order by id limit @Enough) as oldest
            group by lane
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var partitions = (await connection.QueryAsync<(short Partition, long Id, long Items)>(
            new CommandDefinition(Sql, new { Enough }, cancellationToken: cancellationToken))).AsList();
        return partitions.Sum(l => l.Items) < Enough
            ? partitions.ToDictionary(l => l.Partition, l => l.Id)
            : await NextOfEachAsync(connection, cancellationToken);
    }

    // With a long backlog, some partitions may have no item among the oldest.
    private static async Task<IReadOnlyDictionary<short, long>> NextOfEachAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {ByIndex};

            select lanes.lane, next.id
            from unnest(@all) as lanes (lane)
            cross join lateral (
                select id
                from webhook_items
                where lane::int = lanes.lane::int
                order by coalesce(phone_number_id, ''), id
                limit 1
            ) next
            """;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        using var results = await connection.QueryMultipleAsync(new CommandDefinition(Sql, new { all = AllPartitions }, transaction, cancellationToken: cancellationToken));
        await results.ReadAsync();
        return (await results.ReadAsync<(short Partition, long Id)>()).ToDictionary(l => l.Partition, l => l.Id);
    }

    /// <summary>Puts due items that waited for something back into the queue, under their old ids.</summary>
    /// <returns>The partitions that got items.</returns>
    public async Task<short[]> RequeueDueAsync(CancellationToken cancellationToken)
    {
        const string Sql = $"""
            with due as (
                delete from webhook_items_set_aside
                where id = any(array(
                    select id from webhook_items_set_aside
                    where state = 'retry' and due_at <= now() and waits_for is not null
                    order by due_at
                    limit 500
                    for update skip locked))
                returning {Names}
            )
            insert into webhook_items ({Names})
            overriding system value
            select {Names} from due order by id
            returning lane
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return [.. (await connection.QueryAsync<short>(new CommandDefinition(Sql, cancellationToken: cancellationToken))).Distinct()];
    }

    /// <summary>Failed items that are due for a retry, the longest due first.</summary>
    /// <param name="headStart">How long after an item is due it is left to its job.</param>
    public async Task<IReadOnlyList<long>> DueFailuresAsync(TimeSpan headStart, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id
            from webhook_items_set_aside
            where state = 'retry' and due_at <= now() - @headStart and waits_for is null
            order by due_at
            limit 100
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<long>(new CommandDefinition(Sql, new { headStart }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The failure for which an item is deferred; null if there is none.</summary>
    public async Task<Failure?> FailureAsync(long id, CancellationToken cancellationToken)
    {
        const string Sql = $"select error, due_at as retry_at from webhook_items_set_aside where id = @id and {Failed}";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Failure>(new CommandDefinition(Sql, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Items that failed within the last hour, the latest first.</summary>
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
    /// Makes parked items due whose number is active after all: the transaction that saved the number could not see an item that was being
    /// deferred at that moment.
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

    /// <summary>Deletes expired items in small batches.</summary>
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

    [LoggerMessage(3013, LogLevel.Information, "{Count} expired webhook items were deleted")]
    private partial void LogForgotten(int count);
}
