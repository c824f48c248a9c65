using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Bounds the memory of webhooks that are being taken in: large bodies share so much of it, and wait for their turn in the order in which they
/// came. Small ones, which nearly all are, know nothing of it.
/// </summary>
internal sealed class LargeBodies(IOptions<WebhookOptions> options) : IDisposable
{
    private const int Large = 64 * 1024;
    private readonly ConcurrencyLimiter _room = new(new()
    {
        PermitLimit = options.Value.LargeBodiesBytes,
        QueueLimit = options.Value.LargeBodiesBytes * 2,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Makes room for a body, waiting for it where there is none.</summary>
    /// <param name="length">Bytes; null where nobody knows.</param>
    /// <param name="cancellationToken">The sender has gone.</param>
    /// <returns>To be disposed of when the body is no longer needed; null where too many wait already.</returns>
    public async ValueTask<IDisposable?> EnterAsync(long? length, CancellationToken cancellationToken)
    {
        var bytes = length ?? options.Value.MaxBodyBytes;
        // What is over the limit is refused unread.
        if (bytes <= Large || bytes > options.Value.MaxBodyBytes) return Nothing.Instance;
        var lease = await _room.AcquireAsync((int)Math.Min(bytes, options.Value.LargeBodiesBytes), cancellationToken);
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
        }
    }
}
