using System.Threading.Channels;
using PyTake.Conversations;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Wakes a sender for a recipient that has something to be sent. A lost signal only costs time: the row is in the outbox, and the sweep finds it.
/// </summary>
public sealed class OutboundSignal : ICommitListener
{
    private const string Topic = "outbox";
    private const int Capacity = 10_000;

    private readonly NodeBus _bus;
    private readonly NodeRegistry _nodes;
    // The sweep finds what does not fit.
    private readonly Channel<Recipient> _woken = Channel.CreateBounded<Recipient>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal OutboundSignal(NodeBus bus, NodeRegistry nodes)
    {
        (_bus, _nodes) = (bus, nodes);
        bus.Subscribe(Topic, OnSignal);
    }

    internal ChannelReader<Recipient> Woken => _woken.Reader;

    /// <summary>Wakes this node's sender: a recipient was signalled, or a request has ended.</summary>
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

    /// <summary>Passes the signals that this node has not handled to the other nodes, because it is stopping.</summary>
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

    private void OnSignal(string text)
    {
        if (_nodes.Works && text.Length == 64
            && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var number) && Guid.TryParseExact(text.AsSpan(32), "N", out var contact))
            WakeHere(new Recipient(number, contact));
    }
}
