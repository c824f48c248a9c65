using PyTake.Nodes;

namespace PyTake.Jobs;

/// <summary>Hangfire's queues. Of queues that share workers, the alphabetically first is served first.</summary>
public static class Queues
{
    /// <summary>Downloads and uploads, which may take minutes.</summary>
    public const string Media = "media";

    /// <summary>Failed items and recurring work.</summary>
    public const string Maintenance = "maintenance";

    /// <summary>Prefix of the queues that only a single start of a single node serves.</summary>
    internal const string PumpsPrefix = "pumps-";

    internal static string OfPumps(NodeIdentity node)
        => $"{PumpsPrefix}{node.Name.ToLowerInvariant().Replace('.', '-')}-{node.Id.ToString("N")[..8]}";
}
