namespace PyTake.Faults.Inflicted;

internal sealed class NodeKilledAfterCommit() : Fault(
    "node-killed-after-commit", "A node is killed after the commit of a batch that combines stored items with arrivals, before it has answered 200 or published anything")
{
    public override bool IsQuick => true;

    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(5));

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => CombinedBatch.CatchAsync(scene, async (gate, batch) =>
    {
        // Suspended, so that it can do nothing with the answer to its COMMIT.
        Processes.TrySignal(batch.Node.Pid, Signal.Stop);
        await gate.OpenAsync();
        await Wait.Until(() => batch.IsCommittedAsync(scene.Database), otherwise: "the batch was not committed");
        var isAnswered = batch.Answered.IsCompleted;
        Processes.Kill(batch.Node.Pid);
        if (isAnswered) throw new IOException("the node was killed only after it had answered");
        await scene.Parts.StartAsync(batch.Node.Name);
    }, cancellationToken);
}
