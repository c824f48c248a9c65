using System.Numerics;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Which lanes have work. Each lane belongs to one live node, so that workers seldom meet; the others are told by a hint. A hint
/// that is lost costs a moment: the sweep finds what waits.
/// </summary>
internal sealed class LaneSignals : IDisposable
{
    private const string Topic = "lanes";
    private readonly Signal _wake = new();
    private readonly NodeBus _bus;
    private readonly NodeRegistry _nodes;
    private readonly ITimer _timer;
    private ulong _lanes, _later;

    public LaneSignals(NodeBus bus, NodeRegistry nodes, TimeProvider time)
    {
        (_bus, _nodes) = (bus, nodes);
        _timer = time.CreateTimer(_ => Set(Interlocked.Exchange(ref _later, 0)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        bus.Subscribe(Topic, text =>
        {
            if (ulong.TryParse(text, System.Globalization.NumberStyles.HexNumber, null, out var lanes)) Set(Own(lanes));
        });
    }

    /// <summary>Work was stored: wakes the lanes' owners, here or elsewhere.</summary>
    public void Stored(ulong lanes)
    {
        var own = Own(lanes);
        if (own != 0) Set(own);
        if (own != lanes) _bus.Publish(Topic, (lanes & ~own).ToString("x"));
    }

    /// <summary>This node stops: the others are told what it was woken for and has not taken.</summary>
    public void GiveBack()
    {
        if ((Interlocked.Exchange(ref _lanes, 0) | Interlocked.Exchange(ref _later, 0)) is var lanes and not 0) _bus.Publish(Topic, lanes.ToString("x"));
    }

    /// <summary>Wakes this node for lanes, whoever owns them.</summary>
    public void Set(ulong lanes)
    {
        if (lanes == 0) return;
        Interlocked.Or(ref _lanes, lanes);
        _wake.Set();
    }

    /// <summary>As <see cref="Set"/>, after a moment; calls in between count as one.</summary>
    public void SetLater(ulong lanes, TimeSpan after)
    {
        if (Interlocked.Or(ref _later, lanes) == 0) _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for work and takes all signalled lanes.</summary>
    public async Task<short[]> TakeAsync(CancellationToken cancellationToken)
    {
        ulong lanes;
        do await _wake.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        while ((lanes = Interlocked.Exchange(ref _lanes, 0)) == 0);
        return Numbers(lanes);
    }

    /// <summary>A set of lanes as bits.</summary>
    public static ulong Bits(IEnumerable<short> lanes) => lanes.Aggregate(0ul, (bits, lane) => bits | 1ul << lane);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static short[] Numbers(ulong lanes)
    {
        var numbers = new short[BitOperations.PopCount(lanes)];
        for (var i = 0; i < numbers.Length; i++, lanes &= lanes - 1) numbers[i] = (short)BitOperations.TrailingZeroCount(lanes);
        return numbers;
    }

    private ulong Own(ulong lanes) => lanes & _nodes.OwnLanes();
}
