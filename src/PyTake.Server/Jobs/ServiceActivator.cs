using Hangfire;

namespace PyTake.Jobs;

/// <summary>Takes job classes from the node's services, where they are singletons.</summary>
internal sealed class ServiceActivator(IServiceProvider services) : JobActivator
{
    public override object ActivateJob(Type jobType)
        => services.GetService(jobType) ?? throw new InvalidOperationException($"This node has no job {jobType}");
}
