using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>Two nodes that Microsoft's backplane connects.</summary>
public sealed class MicrosoftCluster : Cluster
{
    protected override (string Key, string Value)[] Settings => [("Backplane:Provider", BackplaneOptions.Microsofts)];
}
