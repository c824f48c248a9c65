namespace PyTake.Faults.Inflicted;

internal sealed class NetworksDrop() : Fault("networks-drop", "Every consumer's network drops six times in 24 s, for 2 s each, at random moments of its own")
{
    private static readonly TimeSpan Drop = TimeSpan.FromSeconds(2);

    public override bool IsQuick => true;

    public override bool IsCompanion => true;

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) =>
        Task.WhenAll(scene.Organizations.SelectMany(organization => organization.Consumers).Select(async consumer =>
        {
            for (var n = 0; n < 6; n++)
            {
                await Task.Delay(TimeSpan.FromSeconds(4 * Random.Shared.NextDouble()), cancellationToken);
                await consumer.CutAsync(Drop, cancellationToken);
            }
        }));
}
