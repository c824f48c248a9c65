namespace PyTake.Faults.Inflicted;

internal sealed class PostgresKilledAfterCommit() : Fault(
    "postgres-killed-after-commit", "PostgreSQL's postmaster is killed when the commit of a batch that combines stored items with arrivals is on disk, but its node has not heard so")
{
    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => CombinedBatch.CatchAsync(scene, async (gate, batch) =>
    {
        // A COMMIT waits for a standby between its own disk and its answer, and there is none. Only processes that have read the setting wait.
        await scene.Database.QueryAsync("alter system set synchronous_standby_names = 'nobody'; select pg_reload_conf();");
        try
        {
            await WaitsForStandbyAsync(scene, "application_name like 'node-%'");
            await gate.OpenAsync();
            await WaitsForStandbyAsync(scene, $"pid = {batch.Session}");
            // What is sent again must not be what is found afterwards.
            await gate.ShutAsync();
        }
        finally
        {
            // Takes effect when PostgreSQL starts.
            await scene.Database.QueryAsync("alter system reset synchronous_standby_names");
            Processes.Kill(scene.Cluster.Postgres.Pid);
            await scene.Parts.StartAsync("postgres");
        }
        if (!await batch.IsCommittedAsync(scene.Database)) throw new IOException("the batch was not on disk when PostgreSQL was killed");
    }, cancellationToken);

    private static Task WaitsForStandbyAsync(Scene scene, string session) => Wait.Until(
        async () => await scene.Database.NumberAsync($"select count(*) from pg_stat_activity where wait_event = 'SyncRep' and {session}") > 0,
        otherwise: "no COMMIT waited for a standby");
}
