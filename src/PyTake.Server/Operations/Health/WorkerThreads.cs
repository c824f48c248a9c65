using System.ComponentModel.DataAnnotations;

namespace PyTake.Operations;

/// <summary>Section <c>ThreadPool</c>: .NET's pool, on which everything in a node runs.</summary>
public sealed class ThreadPoolSettings
{
    public const string Section = "ThreadPool";

    /// <summary>Threads that the pool has while nothing blocks them: the node's share of the machine's cores, all of them by default.
    /// More only wake each other.</summary>
    [Range(1, 1_024)]
    public int MinThreads { get; set; } = Environment.ProcessorCount;
}

/// <summary>How many threads .NET's pool works with.</summary>
internal class WorkerThreads
{
    /// <summary>Work items that have ended since the process began.</summary>
    public virtual long Completed => ThreadPool.CompletedWorkItemCount;

    /// <summary>Has a thread of the pool run this, after what waits already.</summary>
    public virtual void Queue(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);

    /// <summary>From now on so many, at once: also fewer than before.</summary>
    /// <remarks>.NET lowers a count that it raised only through its hill climber, which is off here, or when the most comes below it.</remarks>
    public virtual void Set(int count)
    {
        ThreadPool.GetMinThreads(out _, out var leastPorts);
        ThreadPool.GetMaxThreads(out var most, out var mostPorts);
        ThreadPool.SetMinThreads(count, leastPorts);
        ThreadPool.SetMaxThreads(count, mostPorts);
        ThreadPool.SetMaxThreads(most, mostPorts);
    }
}
