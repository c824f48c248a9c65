using Dapper;
using Hangfire;
using Microsoft.Extensions.Options;

namespace PyTake.Jobs;

/// <summary>
/// Removes the jobs of pumps whose node is gone: no server has their queue any more, so they would be shown as running indefinitely.
/// </summary>
internal sealed class OrphanedLeases(HangfireDatabase db, JobStorage storage, PumpJobs jobs, IOptions<JobOptions> options)
{
    // Queues of the previous version, which nodes of this version do not serve.
    private static readonly string[] Former = ["webhooks", "outbound"];

    /// <summary>Runs once.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        // A minute: a node that just started may not have announced itself.
        const string Find = """
            select q.jobid
            from hangfire.jobqueue q
            join hangfire.job j on j.id = q.jobid
            where (q.queue = any(@Former) or starts_with(q.queue, @prefix)) and q.queue <> all(@served)
                and (q.fetchedat is null or q.fetchedat < now() - @timeout)
                and j.createdat < now() - interval '1 minute'
            order by q.id
            limit 1000
            """;
        string[] served = [.. storage.GetMonitoringApi().Servers().SelectMany(server => server.Queues)];
        await using var connection = await db.Source.OpenConnectionAsync(cancellationToken);
        var orphans = (await connection.QueryAsync<long>(new CommandDefinition(
            Find, new { Former, prefix = Queues.PumpsPrefix, served, timeout = options.Value.InvisibilityTimeout },
            cancellationToken: cancellationToken))).AsList();
        foreach (var job in orphans) jobs.DeleteOrphan($"{job}", "The node that ran this job is gone");
    }
}
