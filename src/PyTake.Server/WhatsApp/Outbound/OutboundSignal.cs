using System.Threading.Channels;
using PyTake.Backplane;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Says that a recipient has something to be sent. A wake-up, no more: the row is in the outbox, and a sweep finds what nobody
/// said.
/// </summary>
public sealed class OutboundSignal
{
    private const string Topic = "outbox";
    private const int Capacity = 10_000;

    private readonly NodeBus _bus;
    private readonly bool _sendsHere;
    private readonly WakeUp _wakeUp;
    // What does not fit is found by the sweep.
    private readonly Channel<RecipientLane> _woken = Channel.CreateBounded<RecipientLane>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal OutboundSignal(NodeBus bus, WakeUp wakeUp, bool sendsHere)
    {
        (_bus, _wakeUp, _sendsHere) = (bus, wakeUp, sendsHere);
        if (sendsHere) bus.Subscribe(Topic, Hear);
    }

    internal ChannelReader<RecipientLane> Woken => _woken.Reader;

    /// <summary>Raised whenever this node's sender is woken.</summary>
    internal event Action? Signalled;

    /// <summary>Call it after the commit that put a row into the outbox. Never waits, never fails.</summary>
    /// <param name="whatsappNumberId">The number that sends.</param>
    /// <param name="contactId">The customer.</param>
    public void Wake(Guid whatsappNumberId, Guid contactId)
    {
        if (_sendsHere) Wake(new RecipientLane(whatsappNumberId, contactId));
        else _bus.Publish(Topic, $"{whatsappNumberId:N}{contactId:N}");
    }

    internal void Wake(RecipientLane lane)
    {
        _woken.Writer.TryWrite(lane);
        _wakeUp.Call();
        Raise();
    }

    internal void Raise() => Signalled?.Invoke();

    private void Hear(string text)
    {
        if (text.Length == 64 && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var number) && Guid.TryParseExact(text.AsSpan(32), "N", out var contact))
            Wake(new RecipientLane(number, contact));
    }
}
