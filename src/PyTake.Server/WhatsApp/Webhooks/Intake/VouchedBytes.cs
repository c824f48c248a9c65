using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Bounds what an organization can have stored by signing it with its own app secret: nobody but itself says how much that is. It is looked up every few
/// seconds while such webhooks come, and what came since is added.
/// </summary>
internal sealed class VouchedBytes(WebhookItemStore items, IOptions<WebhookOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    // While it is full: it may be emptied at any moment.
    private static readonly TimeSpan FreshWhileFull = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Guid, Account> _accounts = [];

    /// <summary>Counts the items of a webhook.</summary>
    /// <returns>The organization that has no room for them; null if there is none.</returns>
    /// <exception cref="Npgsql.NpgsqlException">It could not be looked up.</exception>
    public async ValueTask<Guid?> FindFullAsync(WebhookItem[] items, CancellationToken cancellationToken)
    {
        if (Array.TrueForAll(items, item => item.VouchedBy is null)) return null;
        foreach (var organization in items.GroupBy(item => item.VouchedBy))
            if (organization.Key is { } id && !await TryAddAsync(id, organization.Sum(item => (long)item.Payload.Length), cancellationToken)) return id;
        return null;
    }

    private async ValueTask<bool> TryAddAsync(Guid organizationId, long bytes, CancellationToken cancellationToken)
    {
        var (account, most) = (_accounts.GetOrAdd(organizationId, _ => new()), options.Value.VouchedBytes);
        if (IsDue(account, account.Has(bytes, most) ? Fresh : FreshWhileFull)) await ReadAsync(organizationId, account, most, cancellationToken);
        return account.TryAdd(bytes, most);
    }

    // One look at a time; until it is back, the others go by the last one.
    private bool IsDue(Account account, TimeSpan age) => account.TryBegin(at => at is not { } readAt || time.GetElapsedTime(readAt) >= age, time.GetTimestamp());

    private async Task ReadAsync(Guid organizationId, Account account, long most, CancellationToken cancellationToken)
    {
        try
        {
            account.Stored = await items.BytesVouchedByAsync(organizationId, most, cancellationToken);
        }
        finally
        {
            account.End();
        }
    }

    private sealed class Account
    {
        private readonly Lock _lock = new();
        private long _stored, _since;
        private long? _readAt;
        private bool _isReading;

        public long Stored
        {
            set { lock (_lock) _stored = value; }
        }

        public bool Has(long bytes, long most)
        {
            lock (_lock) return _stored + _since + bytes <= most;
        }

        public bool TryBegin(Func<long?, bool> isDue, long now)
        {
            lock (_lock)
            {
                if (_isReading || !isDue(_readAt)) return false;
                (_isReading, _readAt, _since) = (true, now, 0);
                return true;
            }
        }

        public void End()
        {
            lock (_lock) _isReading = false;
        }

        public bool TryAdd(long bytes, long most)
        {
            lock (_lock)
            {
                if (_stored + _since + bytes > most) return false;
                _since += bytes;
                return true;
            }
        }
    }
}
