using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>Two nodes on Microsoft's backplane.</summary>
public sealed class MicrosoftCluster : Cluster
{
    protected override (string Key, string Value)[] Settings => [("Backplane:Provider", BackplaneOptions.Microsofts)];
}
