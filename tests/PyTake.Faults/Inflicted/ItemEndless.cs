using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

internal sealed class ItemEndless() : Fault("item-endless", "Webhooks with one message in the middle that hangs in the database, for 10 s; then the cause is removed")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(3), Errors: 0);

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => Trap.SetAsync(scene.Database, "perform pg_sleep(60)", async () =>
    {
        for (var n = 0; n < 5; n++)
        {
            foreach (var organization in scene.Organizations) await organization.Customers.TroubleAsync(Trap.Word, length: 60, Fate.ArrivesLate, cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        }
    });
}
