using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

/// <summary>The gates of all numbers on this node, and the bound they share.</summary>
internal sealed class NumberGates(IOptions<OutboundOptions> options, SendingNodes nodes, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, NumberGate> _gates = [];
    private int _underWay;

    /// <inheritdoc cref="NumberGate.TryEnter"/>
    public bool TryEnter(Guid whatsappNumberId, out DateTime? retryAt)
    {
        var free = options.Value.Concurrent - Volatile.Read(ref _underWay);
        var rate = (double)options.Value.MessagesPerSecond / nodes.Count;
        if (!Of(whatsappNumberId).TryEnter(rate, free, time.UtcNow(), out retryAt)) return false;
        Interlocked.Increment(ref _underWay);
        return true;
    }

    /// <inheritdoc cref="NumberGate.Return"/>
    public void Return(Guid whatsappNumberId)
    {
        Of(whatsappNumberId).Return();
        Interlocked.Decrement(ref _underWay);
    }

    /// <inheritdoc cref="NumberGate.Leave"/>
    public void Leave(Guid whatsappNumberId, bool? wentWell)
    {
        Of(whatsappNumberId).Leave(wentWell);
        Interlocked.Decrement(ref _underWay);
    }

    /// <summary>The gate of a number; it is kept, and there are few.</summary>
    public NumberGate Of(Guid whatsappNumberId)
        => _gates.GetOrAdd(whatsappNumberId, _ => new NumberGate(options.Value.ConcurrentPerNumber, time.UtcNow()));
}
