using Hangfire;

namespace PyTake.Jobs;

/// <summary>Jobs' classes are the node's services, one of each.</summary>
internal sealed class ServiceActivator(IServiceProvider services) : JobActivator
{
    public override object ActivateJob(Type jobType)
        => services.GetService(jobType) ?? throw new InvalidOperationException($"This node knows no job {jobType}");
}
