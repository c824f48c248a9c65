using PyTake.Nodes;

namespace PyTake.Jobs;

/// <summary>What jobs queue for. Where queues share workers, the first in the alphabet is served first.</summary>
public static class Queues
{
    /// <summary>Downloads and uploads, which may take minutes.</summary>
    public const string Media = "media";

    /// <summary>Items that failed, and what is done every so often.</summary>
    public const string Maintenance = "maintenance";

    /// <summary>Begins the names of queues that one start of one node serves.</summary>
    internal const string PumpsPrefix = "pumps-";

    internal static string OfPumps(NodeIdentity node)
        => $"{PumpsPrefix}{node.Name.ToLowerInvariant().Replace('.', '-')}-{node.Id.ToString("N")[..8]}";
}
