using Hangfire.PostgreSql;
using Npgsql;

namespace PyTake.Jobs;

/// <summary>
/// Hangfire's own small connection pool, so that it never takes a connection from the node's work. Its commits do not wait for the disk:
/// a job that is lost in a crash of PostgreSQL is created again from the rows, which are the truth.
/// </summary>
internal sealed class HangfireDatabase : IConnectionFactory, IAsyncDisposable, IDisposable
{
    private const int MaxConnections = 6;

    public HangfireDatabase(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MinPoolSize = 0,
            MaxPoolSize = MaxConnections,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
        };
        settings.ApplicationName = $"{settings.ApplicationName ?? "pytake"}-jobs";
        settings.Options = $"{settings.Options} -c synchronous_commit=off".TrimStart();
        // Named, so that metrics don't show the connection string. Not traced, because most of Hangfire's commands are polling.
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "pytake-jobs" };
        builder.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false).EnablePhysicalOpenTracing(false));
        Source = builder.Build();
    }

    public NpgsqlDataSource Source { get; }

    public NpgsqlConnection GetOrCreateConnection() => Source.CreateConnection();

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    public void Dispose() => Source.Dispose();
}
