using System.Reflection;
using Npgsql;

namespace PyTake.Operations;

/// <summary>The response of GET /health.</summary>
/// <param name="Status">healthy; degraded: everything works, but slower (Redis is down); unhealthy: nothing can be stored.</param>
public sealed record HealthReport(string Status, string Version, HealthServices Services);

/// <summary>Each is healthy or unhealthy.</summary>
public sealed record HealthServices(string Postgresql, string Redis);

/// <summary>Checks the services that the node depends on, and answers within a second whatever their state.</summary>
internal sealed class Health : IAsyncDisposable
{
    public const string Healthy = "healthy";
    public const string Degraded = "degraded";
    public const string Unhealthy = "unhealthy";

    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _postgres;
    private readonly Func<bool> _hasRedis;

    /// <param name="postgres">The node's connection string. Health has its own small pool, so that a busy node is not reported as unhealthy.</param>
    /// <param name="hasRedis">Whether Redis is up, as far as the node already knows.</param>
    public Health(string postgres, Func<bool> hasRedis)
    {
        _hasRedis = hasRedis;
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
        var (postgres, redis) = (await HasPostgresAsync(cancellationToken), _hasRedis());
        var status = (postgres, redis) switch { (false, _) => Unhealthy, (_, false) => Degraded, _ => Healthy };
        return new HealthReport(status, Version, new(Word(postgres), Word(redis)));
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
