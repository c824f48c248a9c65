using Hangfire;

namespace PyTake.Jobs;

/// <summary>One run of recurring work.</summary>
[AutomaticRetry(Attempts = 2, DelaysInSeconds = [5, 30]), Queue(Queues.Maintenance)]
internal sealed class RecurringJob(IEnumerable<Recurring> work)
{
    /// <param name="name">See <see cref="Recurring.Name"/>.</param>
    [JobDisplayName("{0}")]
    public Task RunAsync(string name, CancellationToken cancellationToken)
        => (work.FirstOrDefault(w => w.Name == name) ?? throw new InvalidOperationException($"This node has no recurring work '{name}'"))
            .RunAsync(cancellationToken);
}
