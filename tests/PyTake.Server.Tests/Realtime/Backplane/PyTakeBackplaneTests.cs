namespace PyTake.Realtime;

/// <summary>Our backplane fulfils the contract.</summary>
public sealed class PyTakeBackplaneTests(Cluster cluster) : BackplaneContract<Cluster>(cluster);
