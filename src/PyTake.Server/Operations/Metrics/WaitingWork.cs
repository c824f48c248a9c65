using Dapper;
using Npgsql;

namespace PyTake.Operations;

/// <summary>The backlog in the database, for all nodes together. Counts are capped at 100,000, so that the query stays cheap under load.</summary>
/// <param name="Items">Webhook items in the queue.</param>
/// <param name="Partitions">Partitions that have items.</param>
/// <param name="DeepestPartition">Items of the partition that has the most.</param>
/// <param name="OldestItem">Age of the oldest item in the queue, in seconds.</param>
/// <param name="Queued">Messages to be sent, now or later.</param>
/// <param name="Sending">Messages whose request to Meta is in flight.</param>
/// <param name="Unknown">Messages that may or may not have reached Meta.</param>
/// <param name="OldestMessage">Age of the oldest message in the outbox, in seconds.</param>
/// <param name="StoppedNumbers">WhatsApp numbers that send nothing until their settings are saved again.</param>
internal sealed record WaitingWork(
    long Items, long Partitions, long DeepestPartition, double OldestItem, long Retry, long Parked, long Dead,
    long Queued, long Sending, long Unknown, double OldestMessage, long StoppedNumbers);

internal sealed class WaitingWorkStore(NpgsqlDataSource db)
{
    private const int Most = 100_000;
    private const int TimeoutSeconds = 2;

    public async Task<WaitingWork> LookAsync(CancellationToken cancellationToken)
    {
        const string Sql = """
            with partitions as (
                select count(*) as items from (select lane from webhook_items limit @Most) i group by lane
            ),
            messages as (
                select count(*) filter (where state = 'queued') as queued, count(*) filter (where state = 'sending') as sending,
                    count(*) filter (where state = 'unknown') as unknown, min(created_at) as oldest
                from (select state, created_at from outbox limit @Most) o
            )
            select
                (select coalesce(sum(items), 0)::bigint from partitions) as items,
                (select count(*) from partitions) as partitions,
                (select coalesce(max(items), 0) from partitions) as deepest_partition,
                coalesce(extract(epoch from now() - (select received_at from webhook_items order by id limit 1)), 0)::float8 as oldest_item,
                (select count(*) from (select from webhook_items_set_aside where state = 'retry' limit @Most) r) as retry,
                (select count(*) from (select from webhook_items_set_aside where state = 'parked' limit @Most) p) as parked,
                (select count(*) from (select from webhook_items_set_aside where state = 'dead' limit @Most) d) as dead,
                m.queued, m.sending, m.unknown,
                coalesce(extract(epoch from now() - m.oldest), 0)::float8 as oldest_message,
                (select count(*) from whatsapp_numbers where sending_stopped_at is not null) as stopped_numbers
            from messages m
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<WaitingWork>(
            new CommandDefinition(Sql, new { Most }, commandTimeout: TimeoutSeconds, cancellationToken: cancellationToken));
    }
}
