using System.Reflection;
using Dapper;
using Npgsql;

namespace PyTake.Database;

/// <summary>Migrates the database to this program's schema: numbered files, forward only, each run once.</summary>
internal sealed partial class Migrator(NpgsqlDataSource db, ILogger<Migrator> logger, IEnumerable<ForeignSchema>? others = null)
{
    internal const long LockKey = 0x5079_5461_6b65_0001;
    // As a command timeout: an index on a large table takes minutes, and so does the wait for another node that creates it.
    private const int Unlimited = 0;
    /// <summary>
    /// A file that begins so is run statement by statement, so that it holds no lock for long and may build indexes concurrently; a blank line ends a
    /// statement. It is recorded at its end, so each statement must be able to run again.
    /// </summary>
    private const string BesideTraffic = "-- Beside traffic";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private const string Folder = ".Database.Migrations.";
    private readonly ForeignSchema[] _others = [.. others ?? []];

    /// <summary>Runs the missing migrations, most files in a transaction of their own. An advisory lock lets only one process migrate at a time.</summary>
    /// <returns>The number of migrations run.</returns>
    public async Task<int> MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        // Asked for again and again: one who waits inside a statement would itself be waited for by an index that is built concurrently.
        while (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select pg_try_advisory_lock(@LockKey)", new { LockKey }, cancellationToken: cancellationToken)))
            await Task.Delay(Pause, cancellationToken);
        try
        {
            return await RunMissingAsync(connection, cancellationToken);
        }
        finally
        {
            await connection.ExecuteAsync("select pg_advisory_unlock(@LockKey)", new { LockKey });
        }
    }

    /// <summary>The role that this program connects as, if it could create, change or drop tables; otherwise null.</summary>
    public async Task<string?> MightyRoleAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await NodeRole.MayCreateAsync(connection, cancellationToken)
            ? await connection.ExecuteScalarAsync<string>(new CommandDefinition("select current_user::text", cancellationToken: cancellationToken))
            : null;
    }

    /// <summary>The migrations that the database lacks. It may have more than this program knows: during a rollout old and new nodes overlap.</summary>
    public async Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var known = Files().Select(f => f.Name).Concat(_others.Select(o => o.Name));
        if (await connection.ExecuteScalarAsync<string?>(
            new CommandDefinition("select to_regclass('schema_migrations')::text", cancellationToken: cancellationToken)) is null)
            return [.. known];
        return [.. known.Except(await AppliedAsync(connection, cancellationToken))];
    }

    private async Task<int> RunMissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition("""
            create table if not exists schema_migrations (
                name text primary key,
                applied_at timestamptz not null default now()
            )
            """, cancellationToken: cancellationToken));
        var applied = await AppliedAsync(connection, cancellationToken);
        var count = 0;
        foreach (var (name, resource) in Files().Where(f => !applied.Contains(f.Name)))
        {
            var sql = Read(resource);
            if (sql.StartsWith(BesideTraffic, StringComparison.Ordinal)) await RunBesideTrafficAsync(connection, name, sql, cancellationToken);
            else await RunInTransactionAsync(connection, name, sql, cancellationToken);
            LogApplied(name);
            count++;
        }
        foreach (var other in _others.Where(o => !applied.Contains(o.Name)))
        {
            other.Install(connection);
            await RecordAsync(connection, other.Name, null, cancellationToken);
            LogApplied(other.Name);
            count++;
        }
        // Connections that were opened before do not know the types that a migration created.
        if (count > 0) await connection.ReloadTypesAsync(cancellationToken);
        return count;
    }

    private static async Task RunInTransactionAsync(NpgsqlConnection connection, string name, string sql, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, transaction: transaction, commandTimeout: Unlimited, cancellationToken: cancellationToken));
        await RecordAsync(connection, name, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task RunBesideTrafficAsync(NpgsqlConnection connection, string name, string sql, CancellationToken cancellationToken)
    {
        // What an interrupted run left behind: PostgreSQL keeps an index that could not be finished, under its name and of no use.
        const string Unfinished = "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid and pg_table_is_visible(c.oid)";
        foreach (var index in await connection.QueryAsync<string>(new CommandDefinition(Unfinished, cancellationToken: cancellationToken)))
            if (sql.Contains($" {index} ", StringComparison.Ordinal))
                await RunAsync($"drop index concurrently {index}");
        foreach (var statement in sql.Split("\n\n")) await RunAsync(statement);
        await RecordAsync(connection, name, null, cancellationToken);

        Task RunAsync(string statement)
            => connection.ExecuteAsync(new CommandDefinition(statement, commandTimeout: Unlimited, cancellationToken: cancellationToken));
    }

    private static Task RecordAsync(NpgsqlConnection connection, string name, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
        => connection.ExecuteAsync(new CommandDefinition(
            "insert into schema_migrations (name) values (@name)", new { name }, transaction, cancellationToken: cancellationToken));

    private static async Task<HashSet<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
        => [.. await connection.QueryAsync<string>(new CommandDefinition("select name from schema_migrations", cancellationToken: cancellationToken))];

    private static IEnumerable<(string Name, string Resource)> Files()
        => from resource in Assembly.GetExecutingAssembly().GetManifestResourceNames()
           let at = resource.IndexOf(Folder, StringComparison.Ordinal)
           where at >= 0
           let name = resource[(at + Folder.Length)..^".sql".Length]
           orderby name
           select (name, resource);

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [LoggerMessage(1001, LogLevel.Information, "Migration {Name} applied")]
    private partial void LogApplied(string name);
}
