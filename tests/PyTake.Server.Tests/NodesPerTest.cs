using Microsoft.Extensions.DependencyInjection;

namespace PyTake;

/// <summary>Base of test classes in which each test has its own database and starts the nodes that it needs.</summary>
public abstract class NodesPerTest : IAsyncLifetime
{
    private readonly List<TestNode> _nodes = [];

    protected TestDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a node, which is stopped at the end of the test.</summary>
    protected TestNode Start(params (string, string)[] settings) => Start(null, settings);

    /// <summary>Starts a node with workers.</summary>
    protected TestNode StartWorker(params (string, string)[] settings) => StartWorker(null, settings);

    /// <inheritdoc cref="StartWorker(ValueTuple{string, string}[])"/>
    protected TestNode StartWorker(Action<IServiceCollection>? services, params (string, string)[] settings)
        => Start(services, [("Workers:Enabled", "true"), .. settings]);

    private TestNode Start(Action<IServiceCollection>? services, (string, string)[] settings)
    {
        var node = TestNode.Start(Database, services, settings);
        _nodes.Add(node);
        return node;
    }
}
