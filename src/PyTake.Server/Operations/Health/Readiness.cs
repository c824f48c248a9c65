using PyTake.Nodes;

namespace PyTake.Operations;

/// <summary>Whether this node wants new work, regardless of the state of PostgreSQL and Redis.</summary>
public sealed class Readiness(IHostApplicationLifetime lifetime, NodeRegistry nodes)
{
    /// <summary>It has started, and is neither draining nor stopping.</summary>
    public bool WantsWork => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested && nodes.Ready;

    /// <summary>From now on the node wants no new work: the proxy sends browsers to other nodes, which also take over its partitions.</summary>
    public void Drain() => nodes.Leave();
}
