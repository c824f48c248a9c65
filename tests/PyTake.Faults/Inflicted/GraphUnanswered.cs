namespace PyTake.Faults.Inflicted;

internal sealed class GraphUnanswered() : Fault("graph-unanswered", "The Graph API accepts messages but answers only after the timeout, for 10 s: nothing may be sent twice")
{
    public override bool IsQuick => true;

    public override bool IsCompanion => true;

    public override Promise Promise => new(Errors: 0);

    // infra/faults gives the nodes a timeout of 3 s (Outbound__RequestTimeout).
    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => scene.SlowGraphAsync(5000, TimeSpan.FromSeconds(10), cancellationToken);
}
