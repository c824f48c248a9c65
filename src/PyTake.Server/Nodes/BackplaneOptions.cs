using System.ComponentModel.DataAnnotations;

namespace PyTake.Nodes;

/// <summary>How nodes talk to one another, and how large a connection's backlog may get.</summary>
public sealed class BackplaneOptions
{
    public const string Section = "Backplane";

    /// <summary><see cref="Provider"/>: PyTake's own backplane.</summary>
    public const string PyTakes = "pytake";

    /// <summary><see cref="Provider"/>: Microsoft's.</summary>
    public const string Microsofts = "microsoft";

    /// <summary>What carries the hub's messages from node to node; the same on every node.</summary>
    [AllowedValues(PyTakes, Microsofts)]
    public string Provider { get; set; } = PyTakes;

    /// <summary>Prefix of every channel and key, so that several installations can share a Redis.</summary>
    [Required, RegularExpression("^[A-Za-z0-9_.:-]{1,64}$", ErrorMessage = "must be a short plain word")]
    public string ChannelPrefix { get; set; } = "pytake";

    /// <summary>Bytes that may wait for one connection before it is closed; it catches up when it reconnects.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int BacklogBytes { get; set; } = 1024 * 1024;

    /// <summary>Writes that may wait for one connection before it is closed.</summary>
    [Range(1, 1_000_000)]
    public int BacklogMessages { get; set; } = 1000;

    /// <summary>How long joining a room waits for Redis to confirm the subscription; the position check finds what is missed after that.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan SubscribeWait { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a node sends itself a message through Redis as a probe; after three without an answer Redis counts as unreachable.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:10")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A node that has not renewed its lease for this long counts as dead.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:01:00")]
    public TimeSpan NodeLease { get; set; } = TimeSpan.FromSeconds(3);
}
