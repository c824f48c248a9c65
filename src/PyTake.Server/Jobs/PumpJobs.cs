using System.Globalization;
using Dapper;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;

namespace PyTake.Jobs;

/// <summary>Enqueues and deletes the jobs of pumps. Hangfire blocks, and for long where its tables are locked.</summary>
internal sealed class PumpJobs(HangfireDatabase db, IBackgroundJobClient client)
{
    /// <returns>The job's id.</returns>
    public string Enqueue(string queue, string pump, string node)
        => client.Create(Job.FromExpression<PumpJob>(job => job.RunAsync(queue, pump, node, CancellationToken.None)), new EnqueuedState());

    /// <summary>Deletes a job that nothing has fetched; one that runs stays.</summary>
    public void DeleteWaiting(string job, string reason)
    {
        if (client.ChangeState(job, new DeletedState { Reason = reason }, EnqueuedState.StateName)) LeaveQueue(job);
    }

    /// <summary>Deletes a job that waits or seems to run.</summary>
    public void DeleteOrphan(string job, string reason)
    {
        foreach (var state in (string[])[ProcessingState.StateName, EnqueuedState.StateName])
            client.ChangeState(job, new DeletedState { Reason = reason }, state);
        LeaveQueue(job);
    }

    // Hangfire leaves that to the worker that fetches the job, and there is none: each of the queue's workers has its job.
    private void LeaveQueue(string job)
    {
        using var connection = db.Source.OpenConnection();
        connection.Execute("delete from hangfire.jobqueue where jobid = @id", new { id = long.Parse(job, CultureInfo.InvariantCulture) });
    }
}
