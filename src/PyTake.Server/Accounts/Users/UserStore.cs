using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>A user to create; without a password hash (empty) they are invited, and cannot log in before they have answered.</summary>
internal sealed record NewUser(
    Guid Id, Guid OrganizationId, string Email, string PasswordHash, string FullName, string Role, bool IsActive = true, string? AgentStatus = null);

/// <summary>What a login compares a password with.</summary>
internal sealed record Account(Guid Id, Guid OrganizationId, string PasswordHash, bool IsActive);

/// <summary>All SQL of the users. What is for an organization takes its id, and finds nothing outside it.</summary>
public sealed class UserStore(NpgsqlDataSource db, IOptions<DemoOptions> demo, TimeProvider time)
{
    /// <param name="withFactors">Whether it is told who has a second factor.</param>
    internal async Task<IReadOnlyList<User>> ListAsync(Guid organizationId, bool withFactors, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {Columns},
                case when @withFactors then
                    exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null)
                    or exists (select from passkeys p where p.user_id = u.id)
                end as mfa
            from users u
            where u.organization_id = @organizationId
            order by u.full_name, u.id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<User>(new CommandDefinition(Sql, new { organizationId, withFactors }, cancellationToken: cancellationToken))).AsList();
    }

    internal async Task<User?> FindAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {Columns}
            from users u
            where u.organization_id = @organizationId and u.id = @id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(new CommandDefinition(Sql, new { organizationId, id }, cancellationToken: cancellationToken));
    }

    /// <summary>The accounts that an e-mail address may log in to: at most one in each organization, the one whose password is newest first.</summary>
    /// <remarks>
    /// Newest first, because the administrator of another organization can make an account with this address too and choose its password: a guess at the password
    /// of the older account then finds the guesser's own.
    /// </remarks>
    internal async Task<IReadOnlyList<Account>> FindAccountsAsync(string email, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, organization_id, password_hash, is_active
            from users
            where lower(email) = @email and password_hash <> '' and organization_id is distinct from @ClosedOrganization
            order by password_changed_at desc, id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Account>(new CommandDefinition(
            Sql, new { email = Emails.Normalize(email), demo.Value.ClosedOrganization }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>What a user's own password is compared with; null if they have none.</summary>
    internal async Task<Account?> FindAccountAsync(Guid id, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, organization_id, password_hash, is_active
            from users
            where id = @id and password_hash <> ''
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Account>(new CommandDefinition(Sql, new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>The active users with this e-mail address who have a password, with the names of their organizations.</summary>
    internal async Task<IReadOnlyList<(Guid Id, string OrganizationName)>> OfAddressAsync(string email, CancellationToken cancellationToken)
    {
        const string Sql = """
            select u.id, o.name as organization_name
            from users u
            join organizations o on o.id = u.organization_id
            where lower(u.email) = @email and u.password_hash <> '' and u.is_active and u.organization_id is distinct from @ClosedOrganization
            order by o.name
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<(Guid, string)>(new CommandDefinition(
            Sql, new { email = Emails.Normalize(email), demo.Value.ClosedOrganization }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Sets a password, and the name if one is given. It also ends a lock: whoever set it has proved more than a password.</summary>
    internal Task SetPasswordAsync(NpgsqlTransaction transaction, Guid id, string hash, string? fullName, CancellationToken cancellationToken)
    {
        const string Sql = """
            update users
            set password_hash = @hash, password_changed_at = @now, failed_logins = 0, locked_until = null, full_name = coalesce(@fullName, full_name),
                updated_at = @now
            where id = @id
            """;

        return transaction.Connection!.ExecuteAsync(new CommandDefinition(
            Sql, new { id, hash, fullName, now = time.UtcNow() }, transaction, cancellationToken: cancellationToken));
    }

    /// <returns>Null if the organization has an account with this e-mail address. What others have is of no account, and is not told.</returns>
    internal async Task<User?> AddAsync(NewUser user, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await AddAsync(connection, null, user, cancellationToken);
    }

    /// <inheritdoc cref="AddAsync(NewUser, CancellationToken)"/>
    internal static Task<User?> AddAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, NewUser user, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            insert into users as u (id, organization_id, email, password_hash, full_name, role, is_active, agent_status)
            values (@Id, @OrganizationId, @Email, @PasswordHash, @FullName, @Role, @IsActive, @AgentStatus)
            on conflict do nothing
            returning {Columns}
            """;

        return connection.QuerySingleOrDefaultAsync<User?>(new CommandDefinition(
            Sql, user with { Email = Emails.Normalize(user.Email) }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Changes the fields that users may change themselves.</summary>
    internal async Task<User?> ChangeOwnAsync(Caller caller, OwnChange change, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            update users u
            set full_name = coalesce(@FullName, full_name), agent_status = coalesce(@AgentStatus, agent_status), updated_at = @now
            where u.organization_id = @OrganizationId and u.id = @UserId
            returning {Columns}
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(new CommandDefinition(
            Sql, new { change.FullName, change.AgentStatus, caller.OrganizationId, caller.UserId, now = time.UtcNow() },
            cancellationToken: cancellationToken));
    }

    /// <summary>Changes the fields that an administrator may change.</summary>
    internal Task<User?> ChangeAsync(NpgsqlTransaction transaction, Guid organizationId, Guid id, UserChange change, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            update users u
            set full_name = coalesce(@FullName, full_name), agent_status = coalesce(@AgentStatus, agent_status),
                role = coalesce(@Role, role), is_active = coalesce(@IsActive, is_active),
                rights_changed_at = case when role <> @Role or is_active <> @IsActive then now() else rights_changed_at end,
                updated_at = @now
            where u.organization_id = @organizationId and u.id = @id
            returning {Columns}
            """;

        return transaction.Connection!.QuerySingleOrDefaultAsync<User?>(new CommandDefinition(
            Sql, new { change.FullName, change.AgentStatus, change.Role, change.IsActive, organizationId, id, now = time.UtcNow() },
            transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The id of the member with this e-mail address, who exists.</summary>
    internal static Task<Guid> IdOfAsync(NpgsqlTransaction transaction, Guid organizationId, string email, CancellationToken cancellationToken)
        => transaction.Connection!.QuerySingleAsync<Guid>(new CommandDefinition(
            "select id from users where organization_id = @organizationId and lower(email) = @email",
            new { organizationId, email = Emails.Normalize(email) }, transaction, cancellationToken: cancellationToken));

    /// <summary>Whether somebody has this e-mail address. Until the transaction ends nobody else asks for the same one.</summary>
    internal static async Task<bool> IsTakenAsync(NpgsqlTransaction transaction, string email, CancellationToken cancellationToken)
    {
        var parameters = new { email = Emails.Normalize(email) };
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_xact_lock(hashtextextended(@email, 15))", parameters, transaction, cancellationToken: cancellationToken));
        return await transaction.Connection!.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from users where lower(email) = @email)", parameters, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Locks the row of a user, so that what must be done one after the other is.</summary>
    internal static Task LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "select from users where id = @id for no key update", new { id }, transaction, cancellationToken: cancellationToken));

    /// <summary>Lets the nodes check the rights of all members of an organization again, because what it demands of them has changed.</summary>
    internal static Task TouchRightsAsync(NpgsqlTransaction transaction, Guid organizationId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "update users set rights_changed_at = now() where organization_id = @organizationId",
            new { organizationId }, transaction, cancellationToken: cancellationToken));

    /// <summary>Whether an organization has an active administrator.</summary>
    internal static Task<bool> HasAdministratorAsync(NpgsqlTransaction transaction, Guid organizationId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from users where organization_id = @organizationId and role = 'org_admin' and is_active)",
            new { organizationId }, transaction, cancellationToken: cancellationToken));

    /// <summary>Records the login of a user whose password was right, and locks their row; null if they were deactivated meanwhile.</summary>
    internal Task<User?> AdmitAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
    {
        // The version before locks accounts by two of these columns.
        const string Sql = $"""
            update users u
            set failed_logins = 0, locked_until = null, last_login_at = @now
            where id = @userId and is_active
            returning {Columns}
            """;

        return transaction.Connection!.QuerySingleOrDefaultAsync<User?>(
            new CommandDefinition(Sql, new { userId, now = time.UtcNow() }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores a new hash of the same password, unless the password was changed meanwhile.</summary>
    internal async Task ReplaceHashAsync(Account account, string hash, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update users set password_hash = @hash where id = @Id and password_hash = @PasswordHash",
            new { hash, account.Id, account.PasswordHash }, cancellationToken: cancellationToken));
    }

    /// <summary>Stores when users were last seen; a later time that is stored already stays.</summary>
    public async Task SaveLastSeenAsync(IReadOnlyCollection<KeyValuePair<Guid, DateTime>> seen, CancellationToken cancellationToken)
    {
        const string Sql = """
            update users u
            set last_seen_at = greatest(u.last_seen_at, s.at)
            from unnest(@users, @times) as s (id, at)
            where u.id = s.id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            Sql, new { users = seen.Select(s => s.Key).ToArray(), times = seen.Select(s => s.Value).ToArray() }, cancellationToken: cancellationToken));
    }

    private const string Columns = """
        u.id, u.organization_id, u.email, u.full_name, u.phone_number, u.avatar_url, u.role, u.is_active, u.agent_status,
        u.last_seen_at, u.last_login_at, u.created_at, u.updated_at, u.password_hash = '' as invited
        """;
}
