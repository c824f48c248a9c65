using Npgsql;

namespace PyTake.Database;

/// <summary>
/// Lets a node start only on the schema that it knows. Migrating is a step of its own, so that a roll-out decides when it
/// happens and nodes need no right to alter tables. While PostgreSQL can't be reached a node waits for it; for migrations it waits
/// a minute, since they may be running just now, and then stops with the names of those that are missing.
/// </summary>
/// <remarks>Registered before everything else that starts: until it is through, nothing works and no port is open.</remarks>
internal sealed partial class SchemaCheck(Migrator migrator, TimeProvider time, ILogger<SchemaCheck> logger) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        while (await HindranceAsync(cancellationToken) is { } hindrance)
        {
            if (hindrance.Missing is { } missing && (waited += Pause) > Patience)
                throw new InvalidOperationException($"The database lacks {missing}; run `dotnet PyTake.Server.dll migrate`");
            LogWaiting(hindrance.Text);
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<Hindrance?> HindranceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var missing = string.Join(", ", await migrator.MissingAsync(cancellationToken));
            return missing.Length == 0 ? null : new(missing, $"migrations {missing}");
        }
        catch (PostgresException exception) when (IsWronglySet(exception))
        {
            throw new InvalidOperationException($"ConnectionStrings:Postgres: {exception.MessageText}", exception);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever else is wrong with a server may be over in a moment, and a node that ends would only be started again.
            return new(null, $"PostgreSQL: {exception.Message}");
        }
    }

    // A role, a password, a right, a database or a schema that is not there: waiting does not mend them.
    private static bool IsWronglySet(PostgresException exception) => exception.SqlState
        is ['2', '8', ..] or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidSchemaName;

    private sealed record Hindrance(string? Missing, string Text);

    [LoggerMessage(1002, LogLevel.Warning, "Waiting for {Hindrance}")]
    private partial void LogWaiting(string hindrance);
}
