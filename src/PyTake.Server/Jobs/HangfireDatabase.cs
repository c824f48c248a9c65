using Hangfire.PostgreSql;
using Npgsql;

namespace PyTake.Jobs;

/// <summary>
/// Hangfire's own few connections: what it does never takes one from the node's work. Its commits don't wait for the disk, because a job
/// that a crash of PostgreSQL undoes is made again from the rows that are the truth.
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
        // Named, so that metrics don't show the connection string; and not traced, because most of it is looking.
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "pytake-jobs" };
        builder.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false).EnablePhysicalOpenTracing(false));
        Source = builder.Build();
    }

    public NpgsqlDataSource Source { get; }

    public NpgsqlConnection GetOrCreateConnection() => Source.CreateConnection();

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    public void Dispose() => Source.Dispose();
}
