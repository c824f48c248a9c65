namespace PyTake.WhatsApp.Outbound;

/// <summary>Says that a recipient has something to be sent, as soon as it is committed. A hint: the outbox says the same, later.</summary>
public sealed class OutboundSignal
{
    public void Wake(Guid whatsappNumberId, Guid contactId) { }
}
