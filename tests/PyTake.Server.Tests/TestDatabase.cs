using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PyTake.Database;

[assembly: AssemblyFixture(typeof(PyTake.TemplateDatabase))]

namespace PyTake;

/// <summary>A migrated database of its own, dropped at the end. Copying the template takes a few dozen milliseconds.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly bool _isOurs;

    private TestDatabase(string name, string connectionString, string nodeConnectionString, bool isOurs)
    {
        (Name, ConnectionString, NodeConnectionString, _isOurs) = (name, connectionString, nodeConnectionString, isOurs);
        Source = NpgsqlDataSource.Create(ConnectionString);
    }

    public string Name { get; }

    /// <summary>The owner's.</summary>
    public string ConnectionString { get; }

    /// <summary>That of the role that nodes have, which may create and drop nothing.</summary>
    public string NodeConnectionString { get; }

    /// <summary>The owner's, for arranging and asserting; nodes have their own pools.</summary>
    public NpgsqlDataSource Source { get; }

    public static async Task<TestDatabase> CreateAsync()
    {
        var name = $"pytake_test_{Guid.NewGuid():N}";
        await Servers.ExecuteAsync($"create database {name} template {await TemplateDatabase.NameAsync()}");
        return new TestDatabase(name, Servers.ConnectionString(name), TemplateDatabase.ForNodes(Servers.ConnectionString(name)), isOurs: true);
    }

    /// <summary>An existing database on any server, which is not dropped.</summary>
    /// <param name="name">Separates its cluster from others on Redis.</param>
    public static TestDatabase At(string connectionString, string name) => new(name, connectionString, TemplateDatabase.ForNodes(connectionString), isOurs: false);

    /// <summary>One row or value, or null.</summary>
    public async Task<T?> SingleAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Source.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<T>(sql, parameters);
    }

    public async Task<List<T>> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Source.OpenConnectionAsync();
        return (await connection.QueryAsync<T>(sql, parameters)).AsList();
    }

    public async Task<int> ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Source.OpenConnectionAsync();
        return await connection.ExecuteAsync(sql, parameters);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        var files = Path.Combine(Path.GetTempPath(), "pytake-tests", Name);
        if (Directory.Exists(files)) Directory.Delete(files, recursive: true);
        if (_isOurs) await Servers.ExecuteAsync($"drop database if exists {Name} with (force)");
    }
}

/// <summary>Migrated once per run; every <see cref="TestDatabase"/> is a copy of it.</summary>
public sealed class TemplateDatabase : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Template = new(CreateAsync);

    internal static Task<string> NameAsync() => Template.Value;

    /// <summary>The same with the role of nodes.</summary>
    internal static string ForNodes(string connectionString)
        => new NpgsqlConnectionStringBuilder(connectionString) { Username = "pytake_test_node", Password = "of nodes under test" }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (Template.IsValueCreated) await Servers.ExecuteAsync($"drop database if exists {await Template.Value} with (force)");
    }

    private static IEnumerable<ForeignSchema> Others => [Jobs.HangfireSchema.Tables];

    private static async Task<string> CreateAsync()
    {
        DapperMappings.Register();
        var name = $"pytake_test_template_{Guid.NewGuid():N}";
        await Servers.ExecuteAsync($"create database {name}");
        // No connection to a template may be open while it is copied, not even a pooled one.
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Servers.ConnectionString(name)) { Pooling = false });
        await new Migrator(db, NullLogger<Migrator>.Instance, Others).MigrateAsync(CancellationToken.None);
        await using var owner = await db.OpenConnectionAsync();
        var role = new NpgsqlConnectionStringBuilder(ForNodes(db.ConnectionString));
        await NodeRole.GrantAsync(owner, role.Username!, role.Password, CancellationToken.None);
        return name;
    }
}

file static class Servers
{
    public static string ConnectionString(string database)
        => new NpgsqlConnectionStringBuilder(TestEnvironment.Postgres) { Database = database, MaxPoolSize = 30, IncludeErrorDetail = true }.ConnectionString;

    public static async Task ExecuteAsync(string sql)
    {
        // Dropping waits for a checkpoint, which takes long if the disk is busy.
        var settings = new NpgsqlConnectionStringBuilder(TestEnvironment.Postgres) { Database = "postgres", Pooling = false, CommandTimeout = 120 };
        await using var db = NpgsqlDataSource.Create(settings);
        await using var command = db.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
