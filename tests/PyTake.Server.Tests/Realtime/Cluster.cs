namespace PyTake.Realtime;

/// <summary>Two nodes on one database and one Redis.</summary>
public class Cluster : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;
    public TestNode One { get; private set; } = null!;
    public TestNode Two { get; private set; } = null!;

    /// <summary>What all its nodes have in common.</summary>
    protected virtual (string Key, string Value)[] Settings => [];

    /// <summary>One node more; its starter disposes of it.</summary>
    public TestNode Start(params (string Key, string Value)[] settings) => TestNode.Start(Database, [.. Settings, .. settings]);

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        One = Start();
        Two = Start();
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Database.DisposeAsync();
    }
}
