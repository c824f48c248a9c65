using Dapper;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>The members of an organization. Every method takes the organization's id and finds nothing outside it.</summary>
internal sealed class Users(NpgsqlDataSource db, Passwords passwords, Sessions sessions, OnlineUsers onlineUsers, TimeProvider time)
{
    public async Task<IReadOnlyList<User>> ListAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {UserColumns.All}
            from users u
            where u.organization_id = @organizationId
            order by u.full_name, u.id
            """;

        var online = await onlineUsers(organizationId);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var users = await connection.QueryAsync<User>(new CommandDefinition(Sql, new { organizationId }, cancellationToken: cancellationToken));
        return [.. users.Select(u => u with { IsOnline = online.Contains(u.Id) })];
    }

    public async Task<User?> FindAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {UserColumns.All}
            from users u
            where u.organization_id = @organizationId and u.id = @id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await WithPresenceAsync(await connection.QuerySingleOrDefaultAsync<User>(
            new CommandDefinition(Sql, new { organizationId, id }, cancellationToken: cancellationToken)));
    }

    /// <returns>Null if the e-mail address already has an account, in any organization.</returns>
    public async Task<User?> AddAsync(Guid organizationId, CreateUserRequest request, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            insert into users as u (id, organization_id, email, password_hash, full_name, role, is_active)
            values (@id, @organizationId, @email, @hash, @fullName, @role, @isActive)
            on conflict do nothing
            returning {UserColumns.All}
            """;

        var hash = await passwords.HashAsync(request.Password!, cancellationToken);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(new CommandDefinition(Sql, new
        {
            id = Guid.CreateVersion7(),
            organizationId,
            email = Emails.Normalize(request.Email!),
            hash,
            fullName = request.FullName!.Trim(),
            role = request.Role,
            isActive = request.IsActive ?? true,
        }, cancellationToken: cancellationToken));
    }

    /// <summary>Changes the fields that users may change themselves.</summary>
    public async Task<User?> ChangeOwnAsync(Caller caller, OwnChange change, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            update users u
            set full_name = coalesce(@FullName, full_name), agent_status = coalesce(@AgentStatus, agent_status), updated_at = @now
            where u.organization_id = @OrganizationId and u.id = @UserId
            returning {UserColumns.All}
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await WithPresenceAsync(await connection.QuerySingleOrDefaultAsync<User>(new CommandDefinition(
            Sql, new { change.FullName, change.AgentStatus, caller.OrganizationId, caller.UserId, now = time.UtcNow() },
            cancellationToken: cancellationToken)));
    }

    /// <summary>Changes the fields that an administrator may change. An organization keeps at least one active administrator.</summary>
    public async Task<UserChanged> ChangeAsync(Guid organizationId, Guid id, UserChange change, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockOrganizationAsync(transaction, organizationId, cancellationToken);
        if (await WriteAsync(transaction, organizationId, id, change, cancellationToken) is not { } changed) return new UserChanged.Missing();
        if (!await HasAdministratorAsync(transaction, organizationId, cancellationToken)) return new UserChanged.LastAdministrator();
        if (!changed.IsActive) await EndSessionsAsync(transaction, id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        if (change.Role is not null || change.IsActive is not null) sessions.TellOfUser(id);
        return new UserChanged.Done((await WithPresenceAsync(changed))!);
    }

    // Serializes two administrators who demote each other at the same time.
    private static Task LockOrganizationAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "select from organizations where id = @id for no key update", new { id }, transaction, cancellationToken: cancellationToken));

    private Task<User?> WriteAsync(NpgsqlTransaction transaction, Guid organizationId, Guid id, UserChange change, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            update users u
            set full_name = coalesce(@FullName, full_name), agent_status = coalesce(@AgentStatus, agent_status),
                role = coalesce(@Role, role), is_active = coalesce(@IsActive, is_active),
                rights_changed_at = case when role <> @Role or is_active <> @IsActive then now() else rights_changed_at end,
                updated_at = @now
            where u.organization_id = @organizationId and u.id = @id
            returning {UserColumns.All}
            """;

        return transaction.Connection!.QuerySingleOrDefaultAsync<User>(new CommandDefinition(
            Sql, new { change.FullName, change.AgentStatus, change.Role, change.IsActive, organizationId, id, now = time.UtcNow() },
            transaction, cancellationToken: cancellationToken));
    }

    private static Task<bool> HasAdministratorAsync(NpgsqlTransaction transaction, Guid organizationId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from users where organization_id = @organizationId and role = 'org_admin' and is_active)",
            new { organizationId }, transaction, cancellationToken: cancellationToken));

    // Otherwise the session would be valid again when the user is reactivated.
    private static Task EndSessionsAsync(NpgsqlTransaction transaction, Guid userId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "update sessions set revoked_at = now() where user_id = @userId and revoked_at is null",
            new { userId }, transaction, cancellationToken: cancellationToken));

    private async Task<User?> WithPresenceAsync(User? user)
        => user is null ? null : user with { IsOnline = (await onlineUsers(user.OrganizationId)).Contains(user.Id) };
}

/// <summary>The result of changing a user.</summary>
internal abstract record UserChanged
{
    public sealed record Done(User User) : UserChanged;
    public sealed record Missing : UserChanged;
    public sealed record LastAdministrator : UserChanged;
}
