using System.Collections.Concurrent;

namespace PyTake.Accounts;

/// <summary>
/// Remembers for two seconds what the database said of a session, so that a client that reads a lot costs one small query in that time. What another
/// node hears of a session or its user forgets it at once; where the hint is lost, a session that has ended is read with for those two seconds.
/// </summary>
/// <param name="find">Looks a caller up in the database.</param>
internal sealed class RecentStandings(Func<Caller, Task<Standing?>> find, TimeProvider time)
{
    public static readonly TimeSpan MostAge = TimeSpan.FromSeconds(2);

    // How many lookups come between two searches for what is too old.
    private const int Round = 1_000;

    private readonly ConcurrentDictionary<(Guid Session, Guid User, Guid Organization), Known> _known = new();
    private int _lookups;

    /// <summary>The caller's standing, as of at most two seconds ago. Parallel calls share one lookup, and one that fails is not remembered.</summary>
    public async Task<Standing?> FindAsync(Caller caller, CancellationToken cancellationToken)
    {
        // A lookup is as old as its question: what changes while it is answered counts as not seen.
        var now = time.GetTimestamp();
        var known = _known.AddOrUpdate(
            (caller.SessionId, caller.UserId, caller.OrganizationId), _ => Ask(caller, now), (_, before) => IsRecent(before, now) ? before : Ask(caller, now));
        return await known.Standing.Value.WaitAsync(cancellationToken);
    }

    /// <summary>Forgets a session, or all sessions of a user or an organization.</summary>
    public void Forget(Guid id)
    {
        foreach (var key in _known.Keys)
            if (key.Session == id || key.User == id || key.Organization == id)
                _known.TryRemove(key, out _);
    }

    private Known Ask(Caller caller, long now)
    {
        if (Interlocked.Increment(ref _lookups) % Round == 0)
            foreach (var (key, known) in _known)
                if (!IsRecent(known, now))
                    _known.TryRemove(new(key, known));
        return new Known(now, new Lazy<Task<Standing?>>(() => find(caller)));
    }

    private bool IsRecent(Known known, long now)
        => time.GetElapsedTime(known.At, now) < MostAge && !(known.Standing.IsValueCreated && (known.Standing.Value.IsFaulted || known.Standing.Value.IsCanceled));

    private sealed record Known(long At, Lazy<Task<Standing?>> Standing);
}
