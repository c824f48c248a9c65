using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

internal sealed class ItemPoisoned() : Fault("item-poisoned", "Webhooks with one message in the middle that makes the worker fail, for 5 s; then the cause is removed")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(3), Delay: TimeSpan.FromSeconds(2), Errors: 0);

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => Trap.SetAsync(scene.Database, "raise 'this is poison'", async () =>
    {
        for (var n = 0; n < 20; n++)
        {
            foreach (var organization in scene.Organizations) await organization.Customers.TroubleAsync(Trap.Word, length: 60, Fate.ArrivesLate, cancellationToken);
            await Task.Delay(250, cancellationToken);
        }
    });
}
