namespace PyTake.Faults.Inflicted;

internal sealed class PostgresSessionsEnded() : Fault("postgres-sessions-ended", "Every PostgreSQL session is terminated (pg_terminate_backend), five times, a second apart")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        for (var n = 0; n < 5; n++)
        {
            await scene.Database.QueryAsync("select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }
}
