namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Finds lanes that nobody works on: their node is dead, or its hint was lost. Whoever finds one takes it. A lane is stranded when the
/// item that it gives next is the same as at the last look; clocks play no role.
/// </summary>
internal sealed class LaneSweep(WebhookQueue queue, LaneSignals lanes)
{
    private IReadOnlyDictionary<short, long> _before = new Dictionary<short, long>();

    /// <summary>One look.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = await queue.NextAsync(cancellationToken);
        lanes.Set(LaneSignals.Bits(now.Where(lane => _before.TryGetValue(lane.Key, out var id) && id == lane.Value).Select(lane => lane.Key)));
        _before = now;
    }
}
