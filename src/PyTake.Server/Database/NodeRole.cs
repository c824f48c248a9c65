using Dapper;
using Npgsql;

namespace PyTake.Database;

/// <summary>
/// The role that nodes connect as where the tables belong to another (ConnectionStrings:Owner). It reads and writes rows; it creates, changes and drops
/// nothing, so that whoever takes over a node cannot either.
/// </summary>
internal static class NodeRole
{
    /// <summary>
    /// Grants the role what nodes need, of all tables that are there and that the owner will create. Creates the role if there is none. Repeating it has
    /// no effect.
    /// </summary>
    /// <param name="owner">A connection of the owner.</param>
    /// <param name="role">The role's name.</param>
    /// <param name="password">Its password if it has to be created; null for none.</param>
    /// <param name="cancellationToken">Cancels it; nothing is granted then.</param>
    /// <exception cref="InvalidOperationException">There is no such role and the owner may not create it, or it is the owner.</exception>
    public static async Task GrantAsync(NpgsqlConnection owner, string role, string? password, CancellationToken cancellationToken)
    {
        await using var transaction = await owner.BeginTransactionAsync(cancellationToken);
        // One at a time: two that migrate at once would change the same rows of the catalog.
        await RunAsync($"select pg_advisory_xact_lock({Migrator.LockKey + 1})");
        var (exists, isOwner, database) = await owner.QuerySingleAsync<(bool, bool, string)>(new CommandDefinition(
            "select exists (select from pg_roles where rolname = @role), current_user = @role, current_database()",
            new { role }, transaction, cancellationToken: cancellationToken));
        if (isOwner) throw new InvalidOperationException($"ConnectionStrings:Owner and ConnectionStrings:Postgres name the same role, {role}");
        var quoted = Quoted(role);
        if (!exists) await CreateAsync(owner, transaction, role, password, cancellationToken);
        await RunAsync($"""
            revoke create, temporary on database {Quoted(database)} from public;
            revoke create on schema public from public;
            grant usage on schema public to {quoted};
            grant select, insert, update, delete on all tables in schema public to {quoted};
            revoke insert, update, delete on schema_migrations from {quoted};
            grant usage, select on all sequences in schema public to {quoted};
            alter default privileges in schema public grant select, insert, update, delete on tables to {quoted};
            alter default privileges in schema public grant usage, select on sequences to {quoted};
            """);
        foreach (var schema in await owner.QueryAsync<string>(new CommandDefinition(
            "select nspname from pg_namespace where nspname = any(@Schemas)", new { Schemas }, transaction, cancellationToken: cancellationToken)))
            await RunAsync($"""
                grant usage on schema {Quoted(schema)} to {quoted};
                grant select, insert, update, delete on all tables in schema {Quoted(schema)} to {quoted};
                grant usage, select on all sequences in schema {Quoted(schema)} to {quoted};
                alter default privileges in schema {Quoted(schema)} grant select, insert, update, delete on tables to {quoted};
                alter default privileges in schema {Quoted(schema)} grant usage, select on sequences to {quoted};
                """);
        await transaction.CommitAsync(cancellationToken);

        Task RunAsync(string sql) => owner.ExecuteAsync(new CommandDefinition(sql, transaction: transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Whether the role of a connection could create, change or drop tables of ours.</summary>
    public static async Task<bool> MayCreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select r.rolsuper or r.rolcreatedb or r.rolcreaterole
                or has_schema_privilege('public', 'create')
                or has_database_privilege(current_database(), 'create')
                or exists (select from pg_class where relname = 'schema_migrations' and relkind = 'r' and pg_has_role(relowner, 'usage'))
            from pg_roles r
            where r.rolname = current_user
            """;
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
    }

    // Hangfire's, which has them in a schema of its own.
    private static readonly string[] Schemas = ["hangfire"];

    private static async Task CreateAsync(NpgsqlConnection owner, NpgsqlTransaction transaction, string role, string? password, CancellationToken cancellationToken)
    {
        var withPassword = password is null ? "" : $" password '{password.Replace("'", "''", StringComparison.Ordinal)}'";
        try
        {
            await owner.ExecuteAsync(new CommandDefinition(
                $"create role {Quoted(role)} login{withPassword}", transaction: transaction, cancellationToken: cancellationToken));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new InvalidOperationException(
                $"ConnectionStrings:Postgres names the role {role}, which does not exist, and the role of ConnectionStrings:Owner may not create it: "
                + $"run `create role {Quoted(role)} login password '…'`, then migrate again", exception);
        }
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
