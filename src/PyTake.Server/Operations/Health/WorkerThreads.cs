using System.ComponentModel.DataAnnotations;

namespace PyTake.Operations;

/// <summary>Section <c>ThreadPool</c>: .NET's thread pool, on which everything in a node runs.</summary>
public sealed class ThreadPoolSettings
{
    public const string Section = "ThreadPool";

    /// <summary>Threads of the pool while none is blocked: the node's share of the machine's cores, by default all of them.
    /// More threads only wake each other.</summary>
    [Range(1, 1_024)]
    public int MinThreads { get; set; } = Environment.ProcessorCount;
}

/// <summary>How busy .NET's pool is, and how many threads it has.</summary>
internal class WorkerThreads
{
    /// <summary>Work items completed since the process started.</summary>
    public virtual long Completed => ThreadPool.CompletedWorkItemCount;

    /// <summary>Work items that no thread has begun.</summary>
    public virtual long Waiting => ThreadPool.PendingWorkItemCount;

    /// <summary>Sets the number of threads at once, also to fewer than before.</summary>
    /// <remarks>.NET reduces its threads only by hill climbing, which is off here, or when the maximum is set below their number.</remarks>
    public virtual void Set(int count)
    {
        ThreadPool.GetMinThreads(out _, out var leastPorts);
        ThreadPool.GetMaxThreads(out var most, out var mostPorts);
        ThreadPool.SetMinThreads(count, leastPorts);
        ThreadPool.SetMaxThreads(count, mostPorts);
        ThreadPool.SetMaxThreads(most, mostPorts);
    }
}
