using System.Text.Json.Serialization;
using Dapper;
using Npgsql;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// An item as operators see it. State pending covers items that wait for their partition or for their next attempt. VouchedBy is the organization whose
/// own app secret signed it; null if the installation's did.
/// </summary>
public sealed record WebhookItemInfo(
    long Id, DateTime ReceivedAt, string Kind, string State, short Attempts, string? Error, string? PhoneNumberId,
    [property: JsonPropertyName("lane")] short Partition, DateTime? DueAt, Guid? VouchedBy);

/// <summary>An item with the webhook it came in, as text; bytes that are no UTF-8 show as replacement characters.</summary>
public sealed record WebhookItemDetail(
    long Id, DateTime ReceivedAt, string Kind, string State, short Attempts, string? Error, string? PhoneNumberId,
    [property: JsonPropertyName("lane")] short Partition, DateTime? DueAt, Guid? VouchedBy, string Payload);

/// <summary>A partition with work.</summary>
public sealed record PartitionInfo([property: JsonPropertyName("lane")] short Partition, long Depth, long OldestAgeMs);

/// <summary>The operators' view of items that wait, are parked or dead-lettered.</summary>
internal sealed class WebhookItemStore(NpgsqlDataSource db)
{
    /// <summary>Partitions with work, among the oldest 100,000 items, so that the query stays cheap with a long backlog.</summary>
    public async Task<IReadOnlyList<PartitionInfo>> PartitionsAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            select lane as partition, count(*) as depth,
                (extract(epoch from now() - min(received_at)) * 1000)::bigint as oldest_age_ms
            from (select lane, received_at from webhook_items order by id limit 100000) oldest
            group by lane
            order by lane
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<PartitionInfo>(new CommandDefinition(Sql, cancellationToken: cancellationToken))).AsList();
    }

    /// <param name="states">Any of pending, parked, dead.</param>
    /// <param name="before">Items with smaller ids only; null from the newest.</param>
    public async Task<IReadOnlyList<WebhookItemInfo>> ListAsync(string[] states, long? before, int limit, CancellationToken cancellationToken)
    {
        // Each table is queried separately and by its own names of states, so that the few dead items are found by index among any number of
        // parked ones.
        const string Sql = """
            (select id, received_at, kind, 'pending' as state, attempts, null::text as error, phone_number_id, lane as partition, null::timestamptz as due_at,
                vouched_by
             from webhook_items
             where @isPending and id < @before
             order by id desc
             limit @limit)
            union all
            (select id, received_at, kind, case state when 'retry' then 'pending' else state end, attempts, error, phone_number_id, lane as partition, due_at,
                vouched_by
             from webhook_items_set_aside
             where state = any(@states) and id < @before
             order by id desc
             limit @limit)
            order by id desc
            limit @limit
            """;
        var parameters = new
        {
            isPending = states.Contains("pending"),
            states = states.Select(s => s == "pending" ? DeferredItem.Retry : s).ToArray(),
            before = before ?? long.MaxValue,
            limit,
        };
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<WebhookItemInfo>(new CommandDefinition(Sql, parameters, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>How many bytes are stored of what an organization's own app secret has signed; no more are counted than asked for.</summary>
    public async Task<long> BytesVouchedByAsync(Guid organizationId, long most, CancellationToken cancellationToken)
    {
        // A small item costs more than its payload. octet_length does not have to read it.
        const string Sql = """
            select coalesce(sum(greatest(bytes, @Least)), 0)::bigint
            from (
                (select octet_length(payload) as bytes from webhook_items where vouched_by = @organizationId limit @rows)
                union all
                (select octet_length(payload) from webhook_items_set_aside where vouched_by = @organizationId limit @rows)
            ) stored
            """;
        const int Least = 1024;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(
            new CommandDefinition(Sql, new { organizationId, Least, rows = most / Least + 1 }, cancellationToken: cancellationToken));
    }

    public async Task<WebhookItemDetail?> FindAsync(long id, CancellationToken cancellationToken)
    {
        // The queue and what was deferred never share an id.
        const string Sql = """
            select id, received_at, kind, 'pending' as state, attempts, null::text as error, phone_number_id, lane as partition,
                null::timestamptz as due_at, vouched_by, payload
            from webhook_items
            where id = @id
            union all
            select id, received_at, kind, case state when 'retry' then 'pending' else state end, attempts, error, phone_number_id, lane as partition,
                due_at, vouched_by, payload
            from webhook_items_set_aside
            where id = @id
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<DetailRow>(new CommandDefinition(Sql, new { id }, cancellationToken: cancellationToken));
        return row is null ? null : new(
            row.Id, row.ReceivedAt, row.Kind, row.State, row.Attempts, row.Error, row.PhoneNumberId, row.Partition, row.DueAt, row.VouchedBy,
            System.Text.Encoding.UTF8.GetString(row.Payload));
    }

    private sealed record DetailRow(
        long Id, DateTime ReceivedAt, string Kind, string State, short Attempts, string? Error, string? PhoneNumberId, short Partition, DateTime? DueAt,
        Guid? VouchedBy, byte[] Payload);
}
