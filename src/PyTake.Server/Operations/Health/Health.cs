using System.Reflection;
using Npgsql;

namespace PyTake.Operations;

/// <summary>The response of GET /health.</summary>
/// <param name="Status">healthy; degraded: slower (Redis is down), or without files (their storage is); unhealthy: nothing can be stored.</param>
public sealed record HealthReport(string Status, string Version, HealthServices Services);

/// <summary>Each is healthy or unhealthy.</summary>
public sealed record HealthServices(string Postgresql, string Redis, string Media);

/// <summary>Checks the services that the node depends on, and answers within a second whatever their state.</summary>
internal sealed class Health : IAsyncDisposable
{
    public const string Healthy = "healthy";
    public const string Degraded = "degraded";
    public const string Unhealthy = "unhealthy";

    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _postgres;
    private readonly Func<bool> _hasRedis;
    private readonly Func<CancellationToken, Task<bool>> _hasMedia;

    /// <param name="postgres">The node's connection string. Health has its own small pool, so that a busy node is not reported as unhealthy.</param>
    /// <param name="hasRedis">Whether Redis is up, as far as the node already knows.</param>
    /// <param name="hasMedia">Whether files can be written.</param>
    public Health(string postgres, Func<bool> hasRedis, Func<CancellationToken, Task<bool>> hasMedia)
    {
        (_hasRedis, _hasMedia) = (hasRedis, hasMedia);
        var settings = new NpgsqlConnectionStringBuilder(postgres)
        {
            MaxPoolSize = 2,
            Timeout = 1,
            CommandTimeout = 1,
            CancellationTimeout = -1,
            ApplicationName = "pytake-health",
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = settings.ApplicationName };
        builder.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).EnablePhysicalOpenTracing(false));
        _postgres = builder.Build();
    }

    /// <summary>This program's version.</summary>
    public static string Version { get; } = typeof(Health).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public async Task<HealthReport> ReportAsync(CancellationToken cancellationToken)
    {
        var (asked, redis) = (_hasMedia(cancellationToken), _hasRedis());
        var (postgres, media) = (await HasPostgresAsync(cancellationToken), await asked);
        var status = !postgres ? Unhealthy : redis && media ? Healthy : Degraded;
        return new HealthReport(status, Version, new(Word(postgres), Word(redis), Word(media)));
    }

    public async Task<bool> HasPostgresAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await QueryAsync(cancellationToken).WaitAsync(QueryTimeout, cancellationToken);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    private async Task<bool> QueryAsync(CancellationToken cancellationToken)
    {
        await using var command = _postgres.CreateCommand("select true");
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static string Word(bool works) => works ? Healthy : Unhealthy;
}
