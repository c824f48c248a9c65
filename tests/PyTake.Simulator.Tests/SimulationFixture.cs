namespace PyTake.Simulator.Tests;

/// <summary>One simulator for the tests of a class that leave nothing behind.</summary>
public sealed class SimulationFixture : IAsyncLifetime
{
    internal Simulation Simulation { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Simulation = await Simulation.StartAsync();

    public ValueTask DisposeAsync() => Simulation.DisposeAsync();
}
