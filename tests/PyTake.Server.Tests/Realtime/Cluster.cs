namespace PyTake.Realtime;

/// <summary>Two nodes on one database and one Redis.</summary>
public class Cluster : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;
    public TestNode One { get; private set; } = null!;
    public TestNode Two { get; private set; } = null!;

    /// <summary>Settings that all its nodes share.</summary>
    protected virtual (string Key, string Value)[] Settings => [];

    /// <summary>Starts one more node, which the caller must dispose.</summary>
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
