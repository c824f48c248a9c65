namespace PyTake.Faults.Inflicted;

internal sealed class PostgresKilled() : Fault("postgres-killed", "PostgreSQL's postmaster is killed and started again: it recovers from its WAL")
{
    public override bool IsQuick => true;

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        Processes.Kill(scene.Cluster.Postgres.Pid);
        await scene.Parts.StartAsync("postgres");
    }
}
