namespace PyTake.Faults.Inflicted;

internal sealed class RedisFull() : Fault("redis-full", "Redis is full for 10 s (maxmemory reached, noeviction): it refuses every write")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(2), Convergence: TimeSpan.FromSeconds(2), Delay: TimeSpan.FromSeconds(2), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await scene.RedisAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
        }
        finally
        {
            await scene.RedisAsync("CONFIG", "SET", "maxmemory", "0");
        }
    }
}
