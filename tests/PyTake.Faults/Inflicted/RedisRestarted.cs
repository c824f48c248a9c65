namespace PyTake.Faults.Inflicted;

internal sealed class RedisRestarted() : Fault("redis-restarted", "Redis is shut down and started again at once, empty")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(2), Convergence: TimeSpan.FromSeconds(2), Delay: TimeSpan.FromSeconds(2), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await Scene.TerminateAsync(scene.Cluster.Redis.Pid, Signal.Terminate, TimeSpan.FromSeconds(10));
        await scene.Parts.StartAsync("redis");
    }
}
