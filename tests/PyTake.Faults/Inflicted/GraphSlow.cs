namespace PyTake.Faults.Inflicted;

internal sealed class GraphSlow() : Fault("graph-slow", "The Graph API takes 1.5 s for each answer, for 10 s")
{
    public override bool IsCompanion => true;

    public override Promise Promise => new(Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await scene.RuleAsync(new { status = 200, delay_ms = 1500 });
        await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
        await scene.NoRulesAsync();
    }
}
