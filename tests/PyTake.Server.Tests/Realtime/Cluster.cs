namespace PyTake.Realtime;

/// <summary>Two nodes on one database and one Redis.</summary>
public sealed class Cluster : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;
    public TestNode One { get; private set; } = null!;
    public TestNode Two { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        One = TestNode.Start(Database);
        Two = TestNode.Start(Database);
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Database.DisposeAsync();
    }
}
