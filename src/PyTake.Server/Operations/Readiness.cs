namespace PyTake.Operations;

/// <summary>Whether new work should come to this node, apart from what it depends on.</summary>
public sealed class Readiness(IHostApplicationLifetime lifetime)
{
    private volatile bool _isDraining;

    /// <summary>Started, and not going away.</summary>
    public bool WantsWork => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested && !_isDraining;

    /// <summary>From now on the node asks for no new work, so that what is in front of it sends browsers elsewhere.</summary>
    public void Drain() => _isDraining = true;
}
