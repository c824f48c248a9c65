using PyTake.Nodes;

namespace PyTake.Operations;

/// <summary>Whether new work should come to this node, apart from what it depends on.</summary>
public sealed class Readiness(IHostApplicationLifetime lifetime, NodeRegistry nodes)
{
    /// <summary>Started, and not going away.</summary>
    public bool WantsWork => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested && nodes.Ready;

    /// <summary>From now on the node asks for no new work: what is in front of it sends browsers elsewhere, and the other nodes take its partitions.</summary>
    public void Drain() => nodes.Leave();
}
