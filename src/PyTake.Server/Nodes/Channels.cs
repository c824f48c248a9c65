using Microsoft.Extensions.Options;

namespace PyTake.Nodes;

/// <summary>The only place that names channels and keys in Redis.</summary>
public sealed class Channels(IOptions<BackplaneOptions> options)
{
    private readonly string _prefix = options.Value.ChannelPrefix;

    /// <summary>Topics between nodes.</summary>
    public string Bus => $"{_prefix}:bus";

    /// <summary>A node's messages to itself.</summary>
    public string Probe(Guid node) => $"{_prefix}:probe:{node:N}";

    /// <summary>What concerns a group of a hub; only nodes with members listen.</summary>
    public string Group(string hub, string group) => $"{_prefix}:{hub}:group:{group}";

    /// <summary>Begins the channels that Microsoft's backplane names.</summary>
    public string Microsofts => $"{_prefix}:microsoft:";

    /// <summary>Set of the ids of nodes that may be alive.</summary>
    public string Nodes => $"{_prefix}:nodes";

    /// <summary>What a node says of itself, for as long as its lease runs.</summary>
    public string Node(string id) => $"{_prefix}:node:{id}";

    /// <summary>Sorted set of who is online in an organization, by the end of their lease.</summary>
    public string Presence(Guid organization) => $"{_prefix}:presence:{organization:N}";
}
