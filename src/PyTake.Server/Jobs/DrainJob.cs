using Hangfire;

namespace PyTake.Jobs;

/// <summary>The job that a drain is while there is work. Whichever node fetches it works; where one runs already it ends at once.</summary>
internal sealed class DrainJob(DrainStarters starters)
{
    /// <param name="queue">The drain's, for the filter that puts the job there.</param>
    /// <param name="drain">Its name.</param>
    [JobDisplayName("{1}"), Queue("{0}")]
    public Task RunAsync(string queue, string drain, CancellationToken cancellationToken) => starters.Of(drain).RunAsync(cancellationToken);
}
