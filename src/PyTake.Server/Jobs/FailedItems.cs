namespace PyTake.Jobs;

/// <summary>
/// Items that failed and were deferred. Their rows say what is wrong and when to try again; this is how those who show them and run
/// them again hear of them.
/// </summary>
/// <param name="find">See <see cref="FindAsync"/>.</param>
/// <param name="recent">See <see cref="RecentAsync"/>.</param>
/// <param name="retry">See <see cref="RetryAsync"/>.</param>
public sealed class FailedItems(
    Func<long, CancellationToken, Task<Failure?>> find, Func<CancellationToken, Task<IReadOnlyList<long>>> recent,
    Func<long, CancellationToken, Task> retry)
{
    /// <summary>An item failed, or was taken back from among the failed. Handlers are quick and never fail.</summary>
    public event Action<long>? Changed;

    /// <summary>Call it after the commit.</summary>
    public void Tell(long itemId) => Changed?.Invoke(itemId);

    /// <summary>Why an item is deferred; null where it is not, or for another reason than a failure.</summary>
    public Task<Failure?> FindAsync(long itemId, CancellationToken cancellationToken) => find(itemId, cancellationToken);

    /// <summary>Items that failed lately and still are deferred, so that a word that was lost is made up for.</summary>
    public Task<IReadOnlyList<long>> RecentAsync(CancellationToken cancellationToken) => recent(cancellationToken);

    /// <summary>One more attempt, now; nothing where the item is not deferred. Where it fails again, that is told as the first time.</summary>
    public Task RetryAsync(long itemId, CancellationToken cancellationToken) => retry(itemId, cancellationToken);
}

/// <summary>Why an item is deferred.</summary>
/// <param name="Error">For the operator: one sentence.</param>
/// <param name="RetryAt">When it is tried again by itself (UTC); null where it is dead until somebody runs it.</param>
public sealed record Failure(string Error, DateTime? RetryAt);
