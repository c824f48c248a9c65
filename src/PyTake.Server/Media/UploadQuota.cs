using Microsoft.Extensions.Options;

namespace PyTake.Media;

/// <summary>Bounds the bytes of uploads that this node receives at a time; one organization gets half of it, so that there is room for others.</summary>
public sealed class UploadQuota(IOptions<MediaOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, long> _ofOrganizations = [];
    private long _all;

    /// <summary>Reserves room until the result is disposed; null if there is none now.</summary>
    public IDisposable? TryEnter(Guid organizationId, long bytes)
    {
        lock (_lock)
        {
            var own = _ofOrganizations.GetValueOrDefault(organizationId);
            // One upload alone always has room.
            if (_all > 0 && _all + bytes > options.Value.UploadBytes || own > 0 && own + bytes > options.Value.UploadBytes / 2) return null;
            _all += bytes;
            _ofOrganizations[organizationId] = own + bytes;
        }
        return new Reservation(this, organizationId, bytes);
    }

    private void Leave(Guid organizationId, long bytes)
    {
        lock (_lock)
        {
            _all -= bytes;
            if ((_ofOrganizations[organizationId] -= bytes) == 0) _ofOrganizations.Remove(organizationId);
        }
    }

    private sealed class Reservation(UploadQuota quota, Guid organizationId, long bytes) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _isOver, true)) quota.Leave(organizationId, bytes);
        }
    }
}
