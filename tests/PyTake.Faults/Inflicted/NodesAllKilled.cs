namespace PyTake.Faults.Inflicted;

internal sealed class NodesAllKilled() : Fault("nodes-all-killed", "All nodes are killed at the same moment, and started again one after the other")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var nodes = scene.Cluster.Nodes;
        foreach (var node in nodes) Processes.TrySignal(node.Pid, Signal.Kill);
        foreach (var node in nodes) await Processes.HasEndedAsync(node.Pid, TimeSpan.FromSeconds(10));
        foreach (var node in nodes) await scene.Parts.StartAsync(node.Name);
    }
}
