namespace PyTake.Hosting;

/// <summary>Something that goes on for as long as the node lives; it ends when its token is cancelled.</summary>
public delegate Task Loop(CancellationToken stoppingToken);

/// <summary>
/// What a node does in the background. All of it derives from this class: the host ends a process whose background service fails, and a
/// node must go on. A loop that fails is logged and begun again, so it keeps nothing in its locals that it cannot do without.
/// </summary>
/// <param name="supervisor">The node's.</param>
public abstract class NodeService(Supervisor supervisor) : BackgroundService
{
    /// <summary>What it does. Each loop stands for itself: one that fails stops none of the others.</summary>
    protected abstract IReadOnlyList<Loop> Loops { get; }

    /// <inheritdoc/>
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken)
        => Task.WhenAll(Loops.Select(loop => supervisor.RunAsync(GetType().Name, loop, stoppingToken)));
}
