using Dapper;
using Npgsql;

namespace PyTake.Accounts;

/// <summary>Creates an organization with its first administrator, who is logged in at once.</summary>
internal sealed class Register(NpgsqlDataSource db, Passwords passwords, Sessions sessions)
{
    /// <returns>Null if the e-mail address already has an account.</returns>
    public async Task<SignedIn?> RunAsync(
        string email, string password, string fullName, string organizationName, CancellationToken cancellationToken)
    {
        const string Sql = """
            with account as (
                insert into users (id, organization_id, email, password_hash, full_name, role)
                select @userId, @organizationId, @email, @hash, @fullName, @role
                on conflict do nothing
                returning organization_id
            ), organization as (
                insert into organizations (id, name)
                select account.organization_id, @organizationName
                from account
                returning id
            )
            insert into inbox_counters (organization_id)
            select id
            from organization
            """;

        var hash = await passwords.HashAsync(password, cancellationToken);
        var (userId, organizationId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var opened = await connection.ExecuteAsync(new CommandDefinition(
            Sql, new { userId, organizationId, email = Emails.Normalize(email), hash, fullName, organizationName, role = Role.OrgAdmin },
            transaction, cancellationToken: cancellationToken));
        if (opened == 0) return null;

        var signedIn = await sessions.OpenAsync(userId, connection, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signedIn;
    }
}
