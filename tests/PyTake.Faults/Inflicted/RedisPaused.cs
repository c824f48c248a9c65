namespace PyTake.Faults.Inflicted;

internal sealed class RedisPaused() : Fault("redis-paused", "Redis does not answer for 8 s (CLIENT PAUSE), with all connections open")
{
    private const int Milliseconds = 8000;

    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(2), Convergence: TimeSpan.FromSeconds(2), Delay: TimeSpan.FromSeconds(2), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await scene.RedisAsync("CLIENT", "PAUSE", $"{Milliseconds}", "ALL");
        await Task.Delay(Milliseconds, cancellationToken);
    }
}
