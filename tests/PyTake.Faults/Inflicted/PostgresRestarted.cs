namespace PyTake.Faults.Inflicted;

internal sealed class PostgresRestarted() : Fault("postgres-restarted", "PostgreSQL is stopped (fast shutdown: all sessions are terminated), down for 5 s, and started again")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await Scene.TerminateAsync(scene.Cluster.Postgres.Pid, Signal.Interrupt, TimeSpan.FromSeconds(30));
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        await scene.Parts.StartAsync("postgres");
    }
}
