using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Bounds the memory of webhooks that are being received: large bodies share a limited number of bytes and wait for them in order of arrival.
/// Small ones, which nearly all are, are not limited.
/// </summary>
internal sealed class LargeBodies(IOptions<WebhookOptions> options) : IDisposable
{
    /// <summary>Bytes from which a body is large.</summary>
    public const int Large = 64 * 1024;

    private readonly ConcurrencyLimiter _room = new(new()
    {
        PermitLimit = options.Value.LargeBodiesBytes,
        QueueLimit = options.Value.LargeBodiesBytes * 2,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Reserves room for a body, and waits if there is none.</summary>
    /// <param name="length">Bytes; null if unknown.</param>
    /// <param name="cancellationToken">Cancelled when the sender disconnects.</param>
    /// <returns>To be disposed of when the body is no longer needed; null if too many bytes are waiting already.</returns>
    public async ValueTask<IDisposable?> EnterAsync(long? length, CancellationToken cancellationToken)
    {
        var bytes = length ?? options.Value.MaxBodyBytes;
        // A body over the limit will be refused without being read.
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
