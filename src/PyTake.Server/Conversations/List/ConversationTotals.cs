using Dapper;
using Npgsql;

namespace PyTake.Conversations;

/// <summary>Counts and waiting times of an organization's conversations.</summary>
/// <param name="Active">Open or pending, and assigned.</param>
/// <param name="Queued">Open and not assigned, and the customer waits for an answer.</param>
/// <param name="AvgWaitSeconds">From a conversation's creation to its first response, over those that got one.</param>
/// <param name="LongestWaitSeconds">How long the queued customer who wrote first has waited; 0 if none is queued.</param>
public sealed record ConversationTotals(
    long Total, long Open, long Pending, long Resolved, long Closed, long Active, long Queued, double AvgWaitSeconds, double LongestWaitSeconds);

/// <summary>Counts conversations.</summary>
public sealed class ConversationTotalsStore(NpgsqlDataSource db, TimeProvider time)
{
    /// <param name="since">Only conversations created then or later; null for all.</param>
    public async Task<ConversationTotals> OfAsync(Guid organizationId, DateTime? since, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select count(*) as total,
                count(*) filter (where status = 'open') as open,
                count(*) filter (where status = 'pending') as pending,
                count(*) filter (where status = 'resolved') as resolved,
                count(*) filter (where status = 'closed') as closed,
                count(*) filter (where status in ('open', 'pending') and assigned_agent_id is not null) as active,
                count(*) filter (where {ConversationViews.Queued}) as queued,
                coalesce(avg(extract(epoch from first_response_at - created_at)), 0)::float8 as avg_wait_seconds,
                coalesce(extract(epoch from @now - min(waiting_since) filter (where {ConversationViews.Queued})), 0)::float8
                    as longest_wait_seconds
            from conversations c
            where organization_id = @organizationId
              and (@since::timestamptz is null or created_at >= @since)
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<ConversationTotals>(new CommandDefinition(
            Sql, new { organizationId, since, now = time.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
    }
}
