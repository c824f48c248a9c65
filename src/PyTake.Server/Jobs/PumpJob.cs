using Hangfire;

namespace PyTake.Jobs;

/// <summary>
/// The lease of a pump's loop: it starts the loop and lasts as long. One that failed is deleted with its error and not tried again,
/// because the pump's node enqueues the next one itself.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
internal sealed class PumpJob(Pumps pumps)
{
    /// <param name="queue">The node's, for the filter that puts the job there.</param>
    /// <param name="pump">Its name.</param>
    /// <param name="node">The node's name, for the dashboard.</param>
    /// <param name="cancellationToken">The lease is lost, or the node stops.</param>
    [JobDisplayName("{1} on {2}"), Queue("{0}")]
    public Task RunAsync(string queue, string pump, string node, CancellationToken cancellationToken)
        => pumps.Of(pump).HoldAsync(cancellationToken);
}
