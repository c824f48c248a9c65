namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Finds partitions that nobody works on: their node is dead, or its hint was lost. Whoever finds one takes it. A partition is stranded when the
/// item that it gives next is the same as at the last look; clocks play no role.
/// </summary>
internal sealed class PartitionSweep(WebhookQueue queue, PartitionSignals partitions)
{
    private IReadOnlyDictionary<short, long> _before = new Dictionary<short, long>();

    /// <summary>One look.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = await queue.NextAsync(cancellationToken);
        partitions.Set(PartitionSignals.Bits(now.Where(partition => _before.TryGetValue(partition.Key, out var id) && id == partition.Value).Select(partition => partition.Key)));
        _before = now;
    }
}
