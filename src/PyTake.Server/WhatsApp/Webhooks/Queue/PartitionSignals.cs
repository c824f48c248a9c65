using System.Numerics;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Which partitions have work. Each partition belongs to one live node, so that workers seldom compete for one; work stored on another node is
/// signalled to it. A lost signal only costs time, because the sweep finds waiting items.
/// </summary>
internal sealed class PartitionSignals : IDisposable
{
    private const string Topic = "lanes";
    private readonly Signal _wake = new();
    private readonly NodeBus _bus;
    private readonly NodeRegistry _nodes;
    private readonly ITimer _timer;
    private ulong _partitions, _later;

    public PartitionSignals(NodeBus bus, NodeRegistry nodes, TimeProvider time)
    {
        (_bus, _nodes) = (bus, nodes);
        _timer = time.CreateTimer(_ => Set(Interlocked.Exchange(ref _later, 0)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        bus.Subscribe(Topic, text =>
        {
            if (ulong.TryParse(text, System.Globalization.NumberStyles.HexNumber, null, out var partitions)) Set(Own(partitions));
        });
    }

    /// <summary>Wakes this node's worker for what has arrived.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Work was stored: wakes the partitions' owners, here or elsewhere.</summary>
    public void Stored(ulong partitions)
    {
        if (partitions == 0) return;
        var own = Own(partitions);
        if (own != 0) Set(own);
        if (own != partitions) _bus.Publish(Topic, (partitions & ~own).ToString("x"));
    }

    /// <summary>Passes the signals that this node has not handled to the other nodes, because it is stopping.</summary>
    public void GiveBack()
    {
        if ((Interlocked.Exchange(ref _partitions, 0) | Interlocked.Exchange(ref _later, 0)) is var partitions and not 0) _bus.Publish(Topic, partitions.ToString("x"));
    }

    /// <summary>Wakes this node for partitions, whichever node owns them.</summary>
    public void Set(ulong partitions)
    {
        if (partitions == 0) return;
        Interlocked.Or(ref _partitions, partitions);
        _wake.Set();
    }

    /// <summary>As <see cref="Set"/>, after a moment; calls in between count as one.</summary>
    public void SetLater(ulong partitions, TimeSpan after)
    {
        if (Interlocked.Or(ref _later, partitions) == 0) _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for work and takes all signalled partitions; none if only <see cref="Wake"/> was called.</summary>
    public async Task<short[]> TakeAsync(CancellationToken cancellationToken)
    {
        await _wake.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        return Numbers(Interlocked.Exchange(ref _partitions, 0));
    }

    /// <summary>A set of partitions as bits.</summary>
    public static ulong Bits(IEnumerable<short> partitions) => partitions.Aggregate(0ul, (bits, partition) => bits | 1ul << partition);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static short[] Numbers(ulong partitions)
    {
        var numbers = new short[BitOperations.PopCount(partitions)];
        for (var i = 0; i < numbers.Length; i++, partitions &= partitions - 1) numbers[i] = (short)BitOperations.TrailingZeroCount(partitions);
        return numbers;
    }

    private ulong Own(ulong partitions) => partitions & _nodes.OwnPartitions();
}
