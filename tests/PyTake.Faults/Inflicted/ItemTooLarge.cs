using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

internal sealed class ItemTooLarge() : Fault("item-too-large", "Webhooks of 3 MB with one message in the middle that is nearly all of it: 60 at once, which are parked")
{
    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(3), Delay: TimeSpan.FromSeconds(3), Errors: 0);

    public override Task InflictAsync(Scene scene, CancellationToken cancellationToken) => Task.WhenAll(
        scene.Organizations.SelectMany(organization => Enumerable.Repeat(organization, 60 / scene.Organizations.Count))
            .Select(organization => organization.Customers.TroubleAsync("large", length: 3 << 20, Fate.Parked, cancellationToken)));
}
