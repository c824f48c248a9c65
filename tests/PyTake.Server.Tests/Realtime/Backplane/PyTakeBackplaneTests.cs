namespace PyTake.Realtime;

/// <summary>Our backplane keeps the contract.</summary>
public sealed class PyTakeBackplaneTests(Cluster cluster) : BackplaneContract<Cluster>(cluster);
