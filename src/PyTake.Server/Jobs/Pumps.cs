using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Jobs;

/// <summary>This node's pumps. Their jobs have their own queue, which only this start of this node serves.</summary>
internal sealed class Pumps : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly IReadOnlyDictionary<string, PumpLease> _leases;
    private Task _kept = Task.CompletedTask;

    public Pumps(IEnumerable<IPump> pumps, NodeIdentity node, PumpJobs jobs, Supervisor supervisor, TimeProvider time, ILogger<PumpLease> logger)
    {
        Queue = Queues.OfPumps(node);
        _leases = pumps.ToDictionary(pump => pump.Name, pump => new PumpLease(pump, Queue, node.Name, jobs, supervisor, time, logger, _stopping.Token));
    }

    public string Queue { get; }

    public int Count => _leases.Count;

    /// <exception cref="InvalidOperationException">There is no such pump: the job is of another version of the program.</exception>
    public PumpLease Of(string pump) => _leases.TryGetValue(pump, out var lease)
        ? lease
        : throw new InvalidOperationException($"This node has no pump '{pump}'");

    public void Start() => _kept = Task.WhenAll(_leases.Values.Select(lease => lease.KeepAsync()));

    /// <summary>Cancels the loops and waits until they have ended.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _kept;
    }

    public void Dispose() => _stopping.Dispose();
}
