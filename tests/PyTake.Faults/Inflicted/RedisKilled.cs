namespace PyTake.Faults.Inflicted;

internal sealed class RedisKilled() : Fault("redis-killed", "Redis is killed, down for 10 s, and started again")
{
    public override bool IsQuick => true;

    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(2), Convergence: TimeSpan.FromSeconds(2), Delay: TimeSpan.FromSeconds(2), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        Processes.Kill(scene.Cluster.Redis.Pid);
        await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
        await scene.Parts.StartAsync("redis");
    }
}
