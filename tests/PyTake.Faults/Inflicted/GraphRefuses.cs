namespace PyTake.Faults.Inflicted;

internal sealed class GraphRefuses() : Fault("graph-refuses", "The Graph API refuses messages with one error of each class; those that stop a number come last")
{
    // One code of each class (src/PyTake.Server/WhatsApp/Outbound/GraphErrors.cs), with the HTTP status that Meta sends with it.
    private static readonly (int Status, int Code)[] Passing =
    [
        (400, 131056), (429, 130429), (500, 131000), (503, 2), (400, 131047), (400, 131026), (400, 131049), (400, 131009), (400, 132001),
        (500, 999999),
    ];

    private static readonly (int Status, int Code)[] Stopping = [(400, 133010), (400, 131042), (403, 368), (401, 190)];

    public override Promise Promise => new(Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        foreach (var error in Passing) await RefuseAsync(scene, error, cancellationToken);
        foreach (var error in Stopping)
        {
            await RefuseAsync(scene, error, cancellationToken);
            await scene.NoRulesAsync();
            foreach (var organization in scene.Organizations) await organization.SaveNumberAsync(cancellationToken);
        }
        await scene.NoRulesAsync();
    }

    private static async Task RefuseAsync(Scene scene, (int Status, int Code) error, CancellationToken cancellationToken)
    {
        await scene.RuleAsync(new { status = error.Status, error = new { code = error.Code }, times = 2 });
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
    }
}
