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
    private readonly Channel<Recipient> _woken = Channel.CreateBounded<Recipient>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal OutboundSignal(NodeBus bus, NodeRegistry nodes)
    {
        (_bus, _nodes) = (bus, nodes);
        bus.Subscribe(Topic, Hear);
    }

    internal ChannelReader<Recipient> Woken => _woken.Reader;

    /// <summary>Wakes this node's sender, which then looks at what is woken and at what has ended.</summary>
    internal Signal Sender { get; } = new();

    /// <inheritdoc/>
    public void Committed(Commit commit)
    {
        foreach (var (number, contact) in commit.Recipients)
        {
            var recipient = new Recipient(number, contact);
            if (_nodes.Works) WakeHere(recipient);
            else WakeOthers(recipient);
        }
    }

    /// <summary>This node stops: the others are told what it was woken for and has not taken.</summary>
    internal void GiveBack()
    {
        while (_woken.Reader.TryRead(out var recipient)) WakeOthers(recipient);
    }

    private void WakeHere(Recipient recipient)
    {
        _woken.Writer.TryWrite(recipient);
        Sender.Set();
    }

    private void WakeOthers(Recipient recipient) => _bus.Publish(Topic, $"{recipient.WhatsappNumberId:N}{recipient.ContactId:N}");

    private void Hear(string text)
    {
        if (_nodes.Works && text.Length == 64 && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var number) && Guid.TryParseExact(text.AsSpan(32), "N", out var contact))
            WakeHere(new Recipient(number, contact));
    }
}
