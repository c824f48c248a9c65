namespace PyTake.Faults.Inflicted;

internal sealed class NodeAsleep() : Fault("node-asleep", "A node is suspended for 20 s (SIGSTOP, then SIGCONT): it must not go on as if it still held its leases and locks")
{
    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        var node = scene.AnyNode();
        Processes.TrySignal(node.Pid, Signal.Stop);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(20), cancellationToken);
        }
        finally
        {
            Processes.TrySignal(node.Pid, Signal.Continue);
        }
    }
}
