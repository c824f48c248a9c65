namespace PyTake.Faults.Inflicted;

internal sealed class NodeTerminated() : Fault("node-terminated", "A node is stopped (SIGTERM), drains, and is started again")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(3), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var node = scene.AnyNode();
        await Scene.TerminateAsync(node.Pid, Signal.Terminate, TimeSpan.FromSeconds(30));
        await scene.Parts.StartAsync(node.Name);
    }
}
