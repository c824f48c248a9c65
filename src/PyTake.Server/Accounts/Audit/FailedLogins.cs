using PyTake.Hosting;

namespace PyTake.Accounts;

/// <summary>
/// Brings failed logins into the audit trail: after they were answered, so that the time of an answer tells nothing, and merged, so that guessing cannot fill
/// it. Those of an account are few, since it is locked; those of accounts that do not exist are a few rows in ten minutes, for the operating organization.
/// </summary>
internal sealed class FailedLogins(AuditTrail audit, OperatingOrganization operating, TimeProvider time, Supervisor supervisor) : NodeService(supervisor)
{
    private const int MostAddresses = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2), PauseOfUnknown = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<Origin, Failed> _known = [], _unknown = [];

    /// <summary>Notes a wrong password; waits for nothing.</summary>
    /// <param name="accounts">Those that it may have meant; none if there is no such account.</param>
    /// <param name="failures">How many there are under the same key now.</param>
    public void Note(IReadOnlyList<Account> accounts, string? address, int failures)
    {
        lock (_lock)
        {
            foreach (var account in accounts) Add(_known, new(account.OrganizationId, account.Id, address), new(1, failures));
            if (accounts.Count == 0) Add(_unknown, OfUnknown(address), new(1, failures));
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WriteKnownAsync(cancellationToken);
        await WriteUnknownAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops =>
    [
        stoppingToken => RepeatAsync(Pause, WriteKnownAsync, stoppingToken),
        stoppingToken => RepeatAsync(PauseOfUnknown, WriteUnknownAsync, stoppingToken),
    ];

    /// <summary>Records what failed at accounts that exist.</summary>
    internal Task WriteKnownAsync(CancellationToken cancellationToken) => WriteAsync(_known, cancellationToken);

    /// <summary>Records what failed at accounts that do not exist.</summary>
    internal Task WriteUnknownAsync(CancellationToken cancellationToken) => WriteAsync(_unknown, cancellationToken);

    private async Task RepeatAsync(TimeSpan pause, Func<CancellationToken, Task> write, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await write(stoppingToken);
    }

    private async Task WriteAsync(Dictionary<Origin, Failed> noted, CancellationToken cancellationToken)
    {
        while (Take(noted) is var (origin, failed))
        {
            try
            {
                await audit.RecordAsync(
                    new Actor(origin.OrganizationId, null, origin.Address), AuditAction.LoginFailed, origin.UserId?.ToString(), failed, cancellationToken);
            }
            catch
            {
                // What cannot be written stays for the next time.
                lock (_lock) Add(noted, origin, failed);
                throw;
            }
        }
    }

    private (Origin, Failed)? Take(Dictionary<Origin, Failed> noted)
    {
        lock (_lock)
        {
            foreach (var (origin, failed) in noted)
            {
                noted.Remove(origin);
                return (origin, failed);
            }
            return null;
        }
    }

    // The addresses of a crowd are one row.
    private Origin OfUnknown(string? address)
    {
        var origin = new Origin(operating.Configured, null, address);
        return _unknown.Count < MostAddresses || _unknown.ContainsKey(origin) ? origin : origin with { Address = null };
    }

    private static void Add(Dictionary<Origin, Failed> noted, Origin origin, Failed more)
        => noted[origin] = noted.TryGetValue(origin, out var before) ? new(before.Count + more.Count, Math.Max(before.Failures, more.Failures)) : more;

    private readonly record struct Origin(Guid? OrganizationId, Guid? UserId, string? Address);

    /// <param name="Count">How many failed.</param>
    /// <param name="Failures">How many failed since the last login that succeeded; from the fifth on, the account was locked each time.</param>
    private sealed record Failed(int Count, int Failures);
}
