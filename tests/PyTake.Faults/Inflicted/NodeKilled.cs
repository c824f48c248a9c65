namespace PyTake.Faults.Inflicted;

internal sealed class NodeKilled() : Fault("node-killed", "A node is killed (SIGKILL) and started again")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(5));

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var node = scene.AnyNode();
        Processes.Kill(node.Pid);
        await scene.Parts.StartAsync(node.Name);
    }
}
