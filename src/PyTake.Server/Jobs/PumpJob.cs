using Hangfire;

namespace PyTake.Jobs;

/// <summary>
/// The lease of a pump's loop: the job starts the loop and runs for as long as it does. A failed job is deleted with its error and not
/// retried, because the pump's node enqueues the next one itself.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
internal sealed class PumpJob(Pumps pumps)
{
    /// <param name="queue">The node's queue; the Queue attribute reads it from here.</param>
    /// <param name="pump">The pump's name.</param>
    /// <param name="node">The node's name, for the dashboard.</param>
    /// <param name="cancellationToken">Cancelled when the lease is lost or the node stops.</param>
    [JobDisplayName("{1} on {2}"), Queue("{0}")]
    public Task RunAsync(string queue, string pump, string node, CancellationToken cancellationToken)
        => pumps.Of(pump).HoldAsync(cancellationToken);
}
