using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Jobs;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The SQL of items that left the queue without having been applied: they failed, wait for something, or are for an operator.</summary>
internal sealed partial class DeferredItems(NpgsqlDataSource db, IOptions<WebhookOptions> options, ILogger<DeferredItems> logger)
{
    private static readonly ColumnMap<DeferredItem> Inserted = new ColumnMap<DeferredItem>()
        .With("id", NpgsqlDbType.Bigint, a => a.Item.Id, "coalesce({0}, nextval('webhook_items_id_seq'))")
        .With("lane", NpgsqlDbType.Smallint, a => a.Item.Partition)
        .With("received_at", NpgsqlDbType.TimestampTz, a => a.Item.ReceivedAt)
        .With("attempts", NpgsqlDbType.Smallint, a => (short)(a.Item.Attempts + 1))
        .With("kind", NpgsqlDbType.Text, a => a.Item.Kind)
        .With("phone_number_id", NpgsqlDbType.Text, a => a.Item.PhoneNumberId)
        .With("trace_parent", NpgsqlDbType.Text, a => a.Item.TraceParent)
        .With("payload", NpgsqlDbType.Bytea, a => a.Item.Payload)
        .With("vouched_by", NpgsqlDbType.Uuid, a => a.Item.VouchedBy)
        .With("state", NpgsqlDbType.Text, a => a.State)
        .With("error", NpgsqlDbType.Text, a => a.Error)
        .With("waits_for", NpgsqlDbType.Text, a => a.WaitsFor)
        .With("due_at", NpgsqlDbType.TimestampTz, a => a.RetryAt)
        .With("expires_at", NpgsqlDbType.TimestampTz, a => a.ExpiresAt);

    private static readonly string InsertSql = $"insert into webhook_items_set_aside ({Inserted.Names}) select {Inserted.Values} from {Inserted.Unnest()} as i ({Inserted.Names})";

    // Items that wait for a missing message have not failed, and there may be very many of them.
    private const string Failed = "state in ('retry', 'dead') and waits_for is null";

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
            select pg_advisory_xact_lock(@LockClass, lane), set_config('pytake.partitions', array[lane]::text, true),
                set_config('statement_timeout', case when attempts < 3 then @timeoutMs / @Sooner else @timeoutMs * (attempts - 2) end || 'ms', true)
            from webhook_items_set_aside
            where id = @id and {Failed}
            """;
        const string Take = $"""
            delete from webhook_items_set_aside
            where id = @id and {Failed} and (not @onlyDue or (state = 'retry' and due_at <= now()))
            returning id, lane as partition, received_at, case state when 'dead' then 0::smallint else attempts end as attempts, kind,
                phone_number_id, trace_parent, payload, vouched_by
            """;
        var parameters = new { WebhookQueue.LockClass, id, onlyDue, WebhookQueue.Sooner, timeoutMs = options.Value.StatementTimeoutMs };
        await connection.ExecuteAsync(new CommandDefinition(Lock, parameters, transaction, cancellationToken: cancellationToken));
        return await connection.QuerySingleOrDefaultAsync<WebhookItem>(new CommandDefinition(Take, parameters, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores items that leave the queue without having been applied.</summary>
    public static async Task InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<DeferredItem> deferred, CancellationToken cancellationToken)
    {
        if (deferred.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Insert(deferred));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The command that stores items which were never in the queue, or have left it.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<DeferredItem> deferred)
    {
        var command = new NpgsqlBatchCommand(InsertSql);
        Inserted.AddTo(command, deferred);
        return command;
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
                returning {WebhookQueue.Names}
            )
            {WebhookQueue.PutBack} due
            order by id
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
                      and (vouched_by is null or vouched_by = n.organization_id)
                    limit 1000
                ) i
                where n.is_active))
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Sql, cancellationToken: cancellationToken));
    }

    /// <summary>Puts a deferred item back into the queue as if it had just arrived; repeating this has no effect.</summary>
    /// <returns>Its partition, or null if no item with that id is deferred.</returns>
    public async Task<short?> ReplayAsync(long id, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            with item as (
                delete from webhook_items_set_aside where id = @id
                returning id, lane, received_at, 0::smallint as attempts, kind, phone_number_id, trace_parent, payload, vouched_by
            )
            {WebhookQueue.PutBack} item
            returning lane
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<short?>(new CommandDefinition(Sql, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Deletes a deferred item.</summary>
    public async Task<bool> DiscardAsync(long id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            "delete from webhook_items_set_aside where id = @id", new { id }, cancellationToken: cancellationToken)) > 0;
    }

    /// <summary>Deletes a customer's items, whose partitions are locked.</summary>
    /// <returns>Their ids.</returns>
    public static async Task<IReadOnlyList<long>> DeleteAsync(StreamTransaction transaction, CustomerMark customer, CancellationToken cancellationToken)
        => (await transaction.Connection.QueryAsync<long>(new CommandDefinition(
            $"delete from webhook_items_set_aside i where {CustomerMark.Condition} returning i.id",
            customer, transaction.Transaction, cancellationToken: cancellationToken))).AsList();

    /// <summary>A customer's items that wait or are deferred, as they came.</summary>
    public static async Task<IReadOnlyList<byte[]>> PayloadsAsync(NpgsqlConnection connection, CustomerMark customer, CancellationToken cancellationToken)
        => (await connection.QueryAsync<byte[]>(new CommandDefinition($"""
            select i.payload from webhook_items i where {CustomerMark.Condition}
            union all
            select i.payload from webhook_items_set_aside i where {CustomerMark.Condition}
            """, customer, cancellationToken: cancellationToken))).AsList();

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
