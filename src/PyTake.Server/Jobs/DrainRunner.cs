using PyTake.Hosting;


namespace PyTake.Jobs;

/// <summary>The built-in engine: each drain is a loop that runs as long as the node.</summary>
internal sealed class DrainRunner(IEnumerable<IDrain> drains, Supervisor supervisor) : NodeService(supervisor), IWork
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops
        => [.. drains.Select(drain => (Loop)(stoppingToken => drain.RunAsync(Timeout.InfiniteTimeSpan, stoppingToken)))];
}
