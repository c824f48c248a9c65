using Dapper;
using Npgsql;

namespace PyTake.Accounts;

/// <summary>All SQL of the organizations.</summary>
internal sealed class OrganizationStore(NpgsqlDataSource db, OpenInbox openInbox)
{
    /// <summary>Creates an organization and its inbox, unless it exists.</summary>
    public async Task AddAsync(NpgsqlTransaction transaction, Guid id, string name, CancellationToken cancellationToken)
    {
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "insert into organizations (id, name) values (@id, @name) on conflict do nothing",
            new { id, name }, transaction, cancellationToken: cancellationToken));
        await openInbox(transaction, id, cancellationToken);
    }

    public async Task<Organization> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<Organization>(new CommandDefinition(
            "select id, name, mfa_required, retention_days from organizations where id = @id", new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>Changes an organization. What it demands of its members holds at once, for open sockets too.</summary>
    public async Task<Organization> ChangeAsync(Guid id, OrganizationChange change, CancellationToken cancellationToken)
    {
        const string Sql = """
            update organizations
            set name = coalesce(@name, name), mfa_required = coalesce(@MfaRequired, mfa_required),
                retention_days = case when @IsSet then @Number else retention_days end
            where id = @id
            returning id, name, mfa_required, retention_days
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var changed = await connection.QuerySingleAsync<Organization>(new CommandDefinition(
            Sql, new { id, name = change.Name?.Trim(), change.MfaRequired, change.RetentionDays.IsSet, change.RetentionDays.Number }, transaction, cancellationToken: cancellationToken));
        if (change.MfaRequired is true) await UserStore.TouchRightsAsync(transaction, id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    /// <summary>Organizations that do not keep what their customers write for ever, with how many days they keep it.</summary>
    public async Task<IReadOnlyList<(Guid Id, int Days)>> WithRetentionAsync(CancellationToken cancellationToken)
    {
        const string Sql = "select id, retention_days from organizations where retention_days is not null order by id";
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<(Guid, int)>(new CommandDefinition(Sql, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The organization that operates the installation, by the database; null if none does.</summary>
    public static Task<Guid?> FindOperatingAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            "select id from organizations where is_operating", transaction: transaction, cancellationToken: cancellationToken));

    /// <summary>Makes an organization the one that operates the installation, where the settings name none.</summary>
    public static Task SetOperatingAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "update organizations set is_operating = true where id = @id", new { id }, transaction, cancellationToken: cancellationToken));
}

/// <summary>An organization, as REST returns it.</summary>
/// <param name="MfaRequired">Whether its members need a second factor.</param>
/// <param name="RetentionDays">How long what its customers write is kept; null for ever.</param>
public sealed record Organization(Guid Id, string Name, bool MfaRequired, int? RetentionDays);
