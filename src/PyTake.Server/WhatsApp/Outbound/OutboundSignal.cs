using System.Threading.Channels;
using PyTake.Conversations;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Says that a recipient has something to be sent. A wake-up, no more: the row is in the outbox, and a sweep finds what nobody
/// said.
/// </summary>
public sealed class OutboundSignal : ICommitListener
{
    private const string Topic = "outbox";
    private const int Capacity = 10_000;

    private readonly NodeBus _bus;
    private readonly NodeRegistry _nodes;
    // What does not fit is found by the sweep.
    private readonly Channel<RecipientLane> _woken = Channel.CreateBounded<RecipientLane>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal OutboundSignal(NodeBus bus, NodeRegistry nodes)
    {
        (_bus, _nodes) = (bus, nodes);
        bus.Subscribe(Topic, Hear);
    }

    internal ChannelReader<RecipientLane> Woken => _woken.Reader;

    /// <summary>Wakes this node's sender, which then looks at what is woken and at what has ended.</summary>
    internal Signal Sender { get; } = new();

    /// <inheritdoc/>
    public void Committed(Commit commit)
    {
        foreach (var (number, contact) in commit.Recipients)
        {
            var lane = new RecipientLane(number, contact);
            if (_nodes.Works) WakeHere(lane);
            else WakeOthers(lane);
        }
    }

    /// <summary>This node stops: the others are told what it was woken for and has not taken.</summary>
    internal void GiveBack()
    {
        while (_woken.Reader.TryRead(out var lane)) WakeOthers(lane);
    }

    private void WakeHere(RecipientLane lane)
    {
        _woken.Writer.TryWrite(lane);
        Sender.Set();
    }

    private void WakeOthers(RecipientLane lane) => _bus.Publish(Topic, $"{lane.WhatsappNumberId:N}{lane.ContactId:N}");

    private void Hear(string text)
    {
        if (_nodes.Works && text.Length == 64 && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var number) && Guid.TryParseExact(text.AsSpan(32), "N", out var contact))
            WakeHere(new RecipientLane(number, contact));
    }
}
