namespace PyTake.Faults.Inflicted;

internal sealed class NodeAsleep() : Fault("node-asleep", "A node sleeps for 20 s (SIGSTOP, then SIGCONT): its leases and locks must not survive that into double work")
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
