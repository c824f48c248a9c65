namespace PyTake.Jobs;

/// <summary>The built-in engine: each drain is a loop that runs as long as the node.</summary>
internal sealed class DrainRunner(IEnumerable<IDrain> drains) : BackgroundService, IWork
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = drains.Select(drain => drain.RunAsync(Timeout.InfiniteTimeSpan, stoppingToken)).ToArray();
        // Each for itself: one that ends in an error must not wait for the others before it is noticed.
        await foreach (var loop in Task.WhenEach(loops)) await loop;
    }
}
