using System.ComponentModel.DataAnnotations;

namespace PyTake.Nodes;

/// <summary>Section <c>Drain</c>: how a node leaves. With what the host takes to stop after it, the whole is done within 30 s.</summary>
public sealed class DrainOptions
{
    public const string Section = "Drain";

    /// <summary>What the host may take after a drain: requests that are still under way, services that write what they have.</summary>
    internal static readonly TimeSpan HostStop = TimeSpan.FromSeconds(8);

    /// <summary>How long a node that is not ready still takes connections, so that whoever looks at /health/ready sees it before requests fail.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan ListenFor { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Clients that are sent to other nodes in a second: the more there are, the longer the window of their moments.</summary>
    [Range(1, 100_000)]
    public int ClientsPerSecond { get; set; } = 400;

    /// <summary>The window's end, however many they are.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan LongestWindow { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How long after its moment a client that has not gone is closed: it may not know what it was told.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long nobody must have sent a request over a connection that is still open.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Quiet { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>After this the node stops, whatever it was still waiting for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan Longest { get; set; } = TimeSpan.FromSeconds(20);
}
