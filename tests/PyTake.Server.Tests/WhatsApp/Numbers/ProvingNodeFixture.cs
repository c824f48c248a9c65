using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Numbers;

/// <summary>One node on one database, for which a fake of Meta's Graph API proves every number that its test does not refuse.</summary>
public sealed class ProvingNodeFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public TestNode Node { get; private set; } = null!;

    public FakeGraph Graph { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (Database, Graph) = (await TestDatabase.CreateAsync(), await FakeGraph.StartAsync());
        Node = TestNode.Start(Database, ("WhatsApp:GraphBaseUrl", Graph.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Graph.DisposeAsync();
        await Database.DisposeAsync();
    }
}
