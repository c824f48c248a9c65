namespace PyTake.Faults.Inflicted;

internal sealed class GraphSlow() : Fault("graph-slow", "The Graph API takes 1.5 s for each answer, for 10 s")
{
    public override bool IsCompanion => true;

    public override Promise Promise => new(Errors: 0);

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => scene.SlowGraphAsync(1500, TimeSpan.FromSeconds(10), cancellationToken);
}
