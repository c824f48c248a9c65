using Microsoft.Extensions.Options;

namespace PyTake.Nodes;

/// <summary>The only place that builds the names of channels and keys in Redis.</summary>
public sealed class Channels(IOptions<BackplaneOptions> options)
{
    private readonly string _prefix = options.Value.ChannelPrefix;

    /// <summary>Channel for the hints between nodes, of all topics (<see cref="NodeBus"/>).</summary>
    public string Bus => $"{_prefix}:bus";

    /// <summary>Channel for a node's probes to itself.</summary>
    public string Probe(Guid node) => $"{_prefix}:probe:{node:N}";

    /// <summary>Channel for a hub group's events; only nodes with members subscribe.</summary>
    public string Group(string hub, string group) => $"{_prefix}:{hub}:group:{group}";

    /// <summary>Prefix of the channels that Microsoft's backplane names itself.</summary>
    public string Microsofts => $"{_prefix}:microsoft:";

    /// <summary>Key of the set of ids of nodes that may be alive.</summary>
    public string Nodes => $"{_prefix}:nodes";

    /// <summary>Key of a node's description of itself, which expires with its lease.</summary>
    public string Node(string id) => $"{_prefix}:node:{id}";

    /// <summary>Key of a count that is limited.</summary>
    public string Limit(string name, string key) => $"{_prefix}:limit:{name.Replace(' ', '-')}:{key}";

    /// <summary>Key of the sorted set of an organization's online users, by the end of their lease.</summary>
    public string Presence(Guid organization) => $"{_prefix}:presence:{organization:N}";
}
