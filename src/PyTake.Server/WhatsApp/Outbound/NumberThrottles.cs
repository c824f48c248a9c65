using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

/// <summary>The throttles of all numbers on this node, and the limit on concurrent requests that they share.</summary>
internal sealed class NumberThrottles(IOptions<OutboundOptions> options, SendingNodes nodes, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, NumberThrottle> _throttles = [];
    private int _underWay;

    /// <inheritdoc cref="NumberThrottle.TryEnter"/>
    public bool TryEnter(Guid whatsappNumberId, out DateTime? retryAt)
    {
        var free = options.Value.Concurrent - Volatile.Read(ref _underWay);
        var rate = (double)options.Value.MessagesPerSecond / nodes.Count;
        if (!Of(whatsappNumberId).TryEnter(rate, free, time.UtcNow(), out retryAt)) return false;
        Interlocked.Increment(ref _underWay);
        return true;
    }

    /// <inheritdoc cref="NumberThrottle.Return"/>
    public void Return(Guid whatsappNumberId)
    {
        Of(whatsappNumberId).Return();
        Interlocked.Decrement(ref _underWay);
    }

    /// <inheritdoc cref="NumberThrottle.Leave"/>
    public void Leave(Guid whatsappNumberId, bool? wentWell)
    {
        Of(whatsappNumberId).Leave(wentWell);
        Interlocked.Decrement(ref _underWay);
    }

    /// <summary>The throttle of a number; it is never removed, because numbers are few.</summary>
    public NumberThrottle Of(Guid whatsappNumberId)
        => _throttles.GetOrAdd(whatsappNumberId, _ => new NumberThrottle(options.Value.ConcurrentPerNumber, time.UtcNow()));
}
