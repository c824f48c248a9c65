namespace PyTake.Jobs;

/// <summary>
/// Items that failed and were deferred or dead-lettered. Their rows hold the error and the time of the next attempt; this class lets the
/// dashboard's jobs learn of them and retry them, without depending on how they are stored.
/// </summary>
/// <param name="find">See <see cref="FindAsync"/>.</param>
/// <param name="recent">See <see cref="RecentAsync"/>.</param>
/// <param name="retry">See <see cref="RetryAsync"/>.</param>
public sealed class FailedItems(
    Func<long, CancellationToken, Task<Failure?>> find, Func<CancellationToken, Task<IReadOnlyList<long>>> recent,
    Func<long, CancellationToken, Task> retry)
{
    /// <summary>An item failed, or no longer counts as failed. Handlers must be quick and not throw.</summary>
    public event Action<long>? Changed;

    /// <summary>Raises <see cref="Changed"/>; call it after the commit.</summary>
    public void Notify(long itemId) => Changed?.Invoke(itemId);

    /// <summary>The failure for which an item is deferred; null if it is not deferred, or for another reason.</summary>
    public Task<Failure?> FindAsync(long itemId, CancellationToken cancellationToken) => find(itemId, cancellationToken);

    /// <summary>Items that failed recently and are still deferred, to make up for lost notifications.</summary>
    public Task<IReadOnlyList<long>> RecentAsync(CancellationToken cancellationToken) => recent(cancellationToken);

    /// <summary>Tries an item again now; does nothing if it is not deferred. If it fails again, <see cref="Changed"/> is raised again.</summary>
    public Task RetryAsync(long itemId, CancellationToken cancellationToken) => retry(itemId, cancellationToken);
}

/// <summary>Why an item is deferred.</summary>
/// <param name="Error">One sentence for the operator.</param>
/// <param name="RetryAt">When it is retried automatically (UTC); null if it is dead-lettered until an operator replays it.</param>
public sealed record Failure(string Error, DateTime? RetryAt);
