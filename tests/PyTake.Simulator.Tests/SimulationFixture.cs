namespace PyTake.Simulator.Tests;

/// <summary>One simulator shared by the tests of a class that leave no state behind.</summary>
public sealed class SimulationFixture : IAsyncLifetime
{
    internal Simulation Simulation { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Simulation = await Simulation.StartAsync();

    public ValueTask DisposeAsync() => Simulation.DisposeAsync();
}
