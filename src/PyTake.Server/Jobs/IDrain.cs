namespace PyTake.Jobs;

/// <summary>
/// Work that is done as it comes, by one loop a node. Where the loop runs, a signal reaches it in memory and costs nothing; where it
/// does not, whoever runs jobs starts it. A signal may be lost with its node: each drain has a sweep that finds what waits.
/// </summary>
public interface IDrain
{
    /// <summary>For logs and the dashboard, and part of jobs that are stored: renaming it needs empty queues.</summary>
    string Name { get; }

    /// <summary>One of <see cref="Queues"/>.</summary>
    string Queue { get; }

    /// <summary>Whether something was signalled that the loop has not taken yet.</summary>
    bool HasWork { get; }

    /// <summary>There is work. Raised at every signal, by any thread; handlers are quick and never fail.</summary>
    event Action? Signalled;

    /// <summary>
    /// Works until there has been nothing to do for so long, or until it is cancelled; then it returns normally. It looks into the
    /// tables first, since the signal that started it may have been another node's.
    /// </summary>
    /// <param name="linger">How long it waits for more; infinite for a loop that never ends.</param>
    Task RunAsync(TimeSpan linger, CancellationToken cancellationToken);
}
