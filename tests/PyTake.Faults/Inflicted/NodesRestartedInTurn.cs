namespace PyTake.Faults.Inflicted;

internal sealed class NodesRestartedInTurn() : Fault("rolling-restart", "All nodes are stopped (SIGTERM) and started again, one after the other")
{
    public override bool IsQuick => true;

    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(3), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        foreach (var node in scene.Cluster.Nodes)
        {
            await Scene.TerminateAsync(node.Pid, Signal.Terminate, TimeSpan.FromSeconds(30));
            await scene.Parts.StartAsync(node.Name);
        }
    }
}
