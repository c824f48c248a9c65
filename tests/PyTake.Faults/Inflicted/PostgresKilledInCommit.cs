namespace PyTake.Faults.Inflicted;

internal sealed class PostgresKilledInCommit() : Fault(
    "postgres-killed-in-commit", "PostgreSQL's postmaster is killed in the commit of a batch that combines stored items with arrivals, before it is on disk, and started again")
{
    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => CombinedBatch.CatchAsync(scene, async (_, batch) =>
    {
        Processes.Kill(scene.Cluster.Postgres.Pid);
        if (!await Processes.HasEndedAsync(batch.Session, TimeSpan.FromSeconds(10))) throw new IOException("the batch's session did not end with the postmaster");
        await scene.Parts.StartAsync("postgres");
        if (await batch.IsCommittedAsync(scene.Database)) throw new IOException("the batch was committed before PostgreSQL was killed");
    }, cancellationToken);
}
