namespace PyTake.Faults.Inflicted;

internal sealed class RedisSubscribersCut() : Fault("redis-subscribers-cut", "Redis cuts all subscribers' connections (CLIENT KILL TYPE pubsub), five times, a second apart")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(2), Convergence: TimeSpan.FromSeconds(2), Delay: TimeSpan.FromSeconds(2), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        for (var n = 0; n < 5; n++)
        {
            await scene.RedisAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }
}
