using System.ComponentModel.DataAnnotations;

namespace PyTake.Nodes;

/// <summary>Section <c>Drain</c>: how a node leaves. Draining and stopping the host afterwards take at most 30 s together.</summary>
public sealed class DrainOptions
{
    public const string Section = "Drain";

    /// <summary>Time the host has to stop after a drain, for requests still under way and services that save their state.</summary>
    internal static readonly TimeSpan HostStop = TimeSpan.FromSeconds(8);

    /// <summary>How long a node that is not ready still accepts connections, so that a load balancer sees /health/ready before requests fail.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan ListenFor { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Clients asked to reconnect elsewhere per second: the more clients, the longer the time over which they are spread.</summary>
    [Range(1, 100_000)]
    public int ClientsPerSecond { get; set; } = 400;

    /// <summary>The longest time over which clients are spread, however many there are.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan LongestWindow { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How long after its moment to leave a client that is still connected is closed: it may not know the event.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long open connections must have been without a request before the node stops.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Quiet { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The node stops after this, whatever it is still waiting for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan Longest { get; set; } = TimeSpan.FromSeconds(20);
}
