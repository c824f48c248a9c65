using Npgsql;

namespace PyTake.Database;

/// <summary>
/// Lets a node start only if its migrations have been applied. Migrating is a separate step, so that the rollout decides when it
/// happens, and nodes need no right to alter tables. A node waits as long as PostgreSQL is unreachable, but only a minute for
/// migrations, which may be running at the time; then it stops and names the missing ones.
/// </summary>
/// <remarks>Registered before all other services that start: until the check passes, none of them runs and no port is open.</remarks>
internal sealed partial class SchemaCheck(Migrator migrator, TimeProvider time, ILogger<SchemaCheck> logger) : IHostedService
{
    private static readonly TimeSpan WaitForMigration = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private string? _mightyRole;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        while (await HindranceAsync(cancellationToken) is { } hindrance)
        {
            if (hindrance.Missing is { } missing && (waited += Pause) > WaitForMigration)
                throw new InvalidOperationException($"The database lacks {missing}; run `dotnet PyTake.Server.dll migrate`");
            LogWaiting(hindrance.Text);
            await Task.Delay(Pause, time, cancellationToken);
        }
        // It starts even so: an installation with one role worked before there were two.
        if (_mightyRole is not null) LogMighty(_mightyRole);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<Hindrance?> HindranceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var missing = string.Join(", ", await migrator.MissingAsync(cancellationToken));
            if (missing.Length > 0) return new(missing, $"migrations {missing}");
            _mightyRole = await migrator.MightyRoleAsync(cancellationToken);
            return null;
        }
        catch (PostgresException exception) when (IsConfigurationError(exception))
        {
            throw new InvalidOperationException($"ConnectionStrings:Postgres: {exception.MessageText}", exception);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Any other failure may be temporary, and a node that stopped would only be restarted.
            return new(null, $"PostgreSQL: {exception.Message}");
        }
    }

    // A wrong role, password, database or schema, or a missing right: waiting does not help.
    private static bool IsConfigurationError(PostgresException exception) => exception.SqlState
        is ['2', '8', ..] or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidSchemaName;

    private sealed record Hindrance(string? Missing, string Text);

    [LoggerMessage(1004, LogLevel.Warning,
        "Role {Role} may create and drop tables, which no node needs: give nodes a role of their own and migrate with ConnectionStrings:Owner")]
    private partial void LogMighty(string role);

    [LoggerMessage(1002, LogLevel.Warning, "Waiting for {Hindrance}")]
    private partial void LogWaiting(string hindrance);
}
