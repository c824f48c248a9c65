namespace PyTake.Faults.Inflicted;

internal sealed class NodeKilledBeforeCommit() : Fault(
    "node-killed-before-commit", "A node is killed before the commit of a batch that combines stored items with arrivals, and its session ends with it: none of it has happened")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(5));

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => CombinedBatch.CatchAsync(scene, async (gate, batch) =>
    {
        Processes.Kill(batch.Node.Pid);
        // PostgreSQL would finish the COMMIT that it was sent.
        await scene.Database.QueryAsync($"select pg_terminate_backend({batch.Session}, 5000)");
        if (await batch.IsCommittedAsync(scene.Database)) throw new IOException("the batch was committed before its node was killed");
        await gate.OpenAsync();
        await scene.Parts.StartAsync(batch.Node.Name);
    }, cancellationToken);
}
