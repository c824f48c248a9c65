namespace PyTake.Hosting;

/// <summary>Background work that runs for as long as the node does, until its token is cancelled.</summary>
public delegate Task Loop(CancellationToken stoppingToken);

/// <summary>
/// Base class of all background services of a node: by default the host stops the process when one of them fails, and a node must keep
/// running. A loop that fails is logged and restarted, so it must not depend on state in its local variables.
/// </summary>
/// <param name="supervisor">The node's supervisor, which restarts the loops.</param>
public abstract class NodeService(Supervisor supervisor) : BackgroundService
{
    /// <summary>The loops to run. They are independent: one that fails does not stop the others.</summary>
    protected abstract IReadOnlyList<Loop> Loops { get; }

    /// <inheritdoc/>
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken)
        => Task.WhenAll(Loops.Select(loop => supervisor.RunAsync(GetType().Name, loop, stoppingToken)));
}
