using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The SQL of the queue: storing items, and taking them under their partitions' locks.</summary>
internal sealed class WebhookQueue(NpgsqlDataSource db, IOptions<WebhookOptions> options)
{
    /// <summary>The columns that the queue and the deferred items have in common.</summary>
    public const string Names = "id, lane, received_at, attempts, kind, phone_number_id, trace_parent, payload, vouched_by";

    /// <summary>The SQL that puts items back into the queue under their old ids, to be followed by where they are selected from.</summary>
    public const string PutBack = $"""
        insert into webhook_items ({Names})
        overriding system value
        select {Names} from
        """;

    /// <summary>The columns of a <see cref="WebhookItem"/>. The tables keep the former name of partitions, lane, because nodes of the previous version use it.</summary>
    public const string Columns = "id, lane as partition, received_at, attempts, kind, phone_number_id, trace_parent, payload, vouched_by";

    /// <summary>The first key of the partitions' advisory locks; the second is the partition.</summary>
    public const int LockClass = 0x5054;

    /// <summary>Retries get this fraction of the timeout: they will probably time out again, and their partition waits meanwhile.</summary>
    public const int Sooner = 4;

    /// <summary>An SQL array of the partitions that this transaction has locked with an earlier statement.</summary>
    public const string Locked = "coalesce(nullif(current_setting('pytake.partitions', true), ''), '{}')::smallint[]";

    private static readonly string LockSql = $"""
        with locked as materialized (
            select coalesce(array_agg(lane), '{"{}"}') as lanes
            from unnest($1) as l (lane)
            where pg_try_advisory_xact_lock({LockClass}, lane)
        )
        select lanes, set_config('pytake.partitions', lanes::text, true), set_config('statement_timeout', $2 || 'ms', true)
        from locked
        """;

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
            limit $1
        ) oldest
        where bytes_before < $2
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
                limit greatest(1, $1 / (select count(*) from shares))
            ) oldest
            order by oldest.id
            limit $1
        ) fair
        where bytes_before < $2
        """;

    private static readonly short[] AllPartitions = [.. Enumerable.Range(0, Partitions.Count).Select(partition => (short)partition)];

    private static readonly ColumnMap<WebhookItem> Inserted = new ColumnMap<WebhookItem>()
        .With("lane", NpgsqlDbType.Smallint, item => item.Partition)
        .With("received_at", NpgsqlDbType.TimestampTz, item => item.ReceivedAt)
        .With("kind", NpgsqlDbType.Text, item => item.Kind)
        .With("phone_number_id", NpgsqlDbType.Text, item => item.PhoneNumberId)
        .With("trace_parent", NpgsqlDbType.Text, item => item.TraceParent)
        .With("payload", NpgsqlDbType.Bytea, item => item.Payload)
        .With("vouched_by", NpgsqlDbType.Uuid, item => item.VouchedBy);

    private static readonly string InsertSql = $"""
        insert into webhook_items ({Inserted.Names})
        select {Inserted.Names}
        from {Inserted.Unnest()} with ordinality as i ({Inserted.Names}, place)
        order by place
        """;

    private readonly int _timeoutMs = options.Value.StatementTimeoutMs;

    /// <summary>Stores items, with one commit.</summary>
    /// <param name="items">To be processed, in their order.</param>
    /// <param name="deferred">Not to be processed.</param>
    public async Task InsertAsync(IReadOnlyList<WebhookItem> items, IReadOnlyList<DeferredItem> deferred)
    {
        await using var connection = await db.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection) { Timeout = 10 };
        if (items.Count > 0) batch.BatchCommands.Add(Insert(items));
        if (deferred.Count > 0) batch.BatchCommands.Add(DeferredItems.Insert(deferred));
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>The command that stores items, in their order.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<WebhookItem> items)
    {
        var command = new NpgsqlBatchCommand(InsertSql);
        Inserted.AddTo(command, items);
        return command;
    }

    /// <summary>
    /// Adds the statements that lock the partitions that are free, and see whether these have stored items: as one round trip with what follows,
    /// because a new webhook mostly finds nothing before it.
    /// </summary>
    public void AddLock(NpgsqlBatch batch, IReadOnlyList<short> partitions)
    {
        batch.BatchCommands.Add(Lock(partitions));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select exists (select from webhook_items where lane in (select unnest({Locked})))"));
    }

    /// <summary>Reads the results of <see cref="AddLock"/>.</summary>
    /// <returns>The partitions that were locked, and whether they have stored items, which come first.</returns>
    public static async Task<(short[] Locked, bool HasStored)> ReadLockAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var locked = await ReadLockedAsync(reader, cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var hasStored = reader.GetBoolean(0);
        await reader.NextResultAsync(cancellationToken);
        return (locked, hasStored);
    }

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
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Lock(partitions));
        if (fairly) batch.BatchCommands.Add(new NpgsqlBatchCommand($"select {ByIndex}"));
        var take = new NpgsqlBatchCommand($"delete from webhook_items where id = any(array({(fairly ? OldestOfEachShare : Oldest)})) returning {Columns}");
        take.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Value.BatchSize });
        take.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Value.BatchBytes });
        batch.BatchCommands.Add(take);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var locked = await ReadLockedAsync(reader, cancellationToken);
        if (fairly) await reader.NextResultAsync(cancellationToken);
        var items = await reader.ReadAllAsync(reader.GetRowParser<WebhookItem>(), cancellationToken);
        return (locked, [.. items.OrderBy(i => i.Id)]);
    }

    /// <summary>Takes those of a partition's items that are still queued, in the order of arrival, once the partition is free.</summary>
    /// <param name="isFirst">Whether they are tried together, with a shorter timeout because they are tried one by one after that.</param>
    public async Task<WebhookItem[]> TakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, short partition, long[] ids, bool isFirst, CancellationToken cancellationToken)
    {
        const string Lock = """
            select pg_advisory_xact_lock(@LockClass, @partition), set_config('pytake.partitions', array[@partition]::text, true),
                set_config('statement_timeout', @timeoutMs || 'ms', true)
            """;
        const string Take = $"delete from webhook_items where id = any(@ids) returning {Columns}";
        var parameters = new { LockClass, partition = (int)partition, ids, timeoutMs = isFirst ? _timeoutMs / Sooner : _timeoutMs };
        await connection.ExecuteAsync(new CommandDefinition(Lock, parameters, transaction, cancellationToken: cancellationToken));
        var items = await connection.QueryAsync<WebhookItem>(new CommandDefinition(Take, parameters, transaction, cancellationToken: cancellationToken));
        return [.. items.OrderBy(i => i.Id)];
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

    /// <summary>Waits until no other transaction processes items of these partitions, and locks them until this one ends.</summary>
    /// <param name="partitions">In ascending order.</param>
    public static Task HoldAsync(StreamTransaction transaction, short[] partitions, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_xact_lock(@LockClass, lane) from unnest(@partitions) as l (lane)",
            new { LockClass, partitions }, transaction.Transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes a customer's items, whose partitions are locked.</summary>
    public static Task DeleteAsync(StreamTransaction transaction, CustomerMark customer, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(
            $"delete from webhook_items i where {CustomerMark.Condition}", customer, transaction.Transaction, cancellationToken: cancellationToken));

    private NpgsqlBatchCommand Lock(IReadOnlyList<short> partitions)
    {
        var command = new NpgsqlBatchCommand(LockSql);
        command.Add(NpgsqlDbType.Smallint, partitions, partition => partition);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = _timeoutMs });
        return command;
    }

    private static async Task<short[]> ReadLockedAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        var locked = reader.GetFieldValue<short[]>(0);
        await reader.NextResultAsync(cancellationToken);
        return locked;
    }
}
