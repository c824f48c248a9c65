namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Finds partitions that no node processes, because their node is dead or a signal was lost; the node that finds one processes it. A partition is
/// stranded if its next item is the same as at the last sweep; clocks play no role.
/// </summary>
internal sealed class PartitionSweep(WebhookQueue queue, PartitionSignals partitions)
{
    private IReadOnlyDictionary<short, long> _before = new Dictionary<short, long>();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = await queue.NextAsync(cancellationToken);
        partitions.Set(PartitionSignals.Bits(now.Where(partition => _before.TryGetValue(partition.Key, out var id) && id == partition.Value).Select(partition => partition.Key)));
        _before = now;
    }
}
