using Dapper;
using Npgsql;

namespace PyTake.Accounts;

/// <summary>The members of an organization. Every method takes the organization's id and finds nothing outside it.</summary>
internal sealed class Users(
    NpgsqlDataSource db, UserStore store, Passwords passwords, Invitations invitations, Sessions sessions, AuditTrail audit,
    OnlineUsers onlineUsers, GiveBackConversations giveBack)
{
    /// <summary>All of them; administrators are told who has a second factor.</summary>
    public async Task<IReadOnlyList<User>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var online = await onlineUsers(caller.OrganizationId);
        var all = await store.ListAsync(caller.OrganizationId, withFactors: caller.Role == Role.OrgAdmin, cancellationToken);
        return [.. all.Select(u => u with { IsOnline = online.Contains(u.Id) })];
    }

    public async Task<User?> FindAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
        => await WithPresenceAsync(await store.FindAsync(organizationId, id, cancellationToken));

    /// <summary>Adds a member: with a password they can log in at once, without one they are invited.</summary>
    /// <param name="caller">Who adds them.</param>
    /// <param name="request">Checked.</param>
    /// <param name="home">Where the invitation's link leads; not null where it is needed.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Null if the organization has this e-mail address. What other organizations have makes no difference, and is not told.</returns>
    public async Task<CreatedUser?> AddAsync(Caller caller, CreateUserRequest request, Uri? home, CancellationToken cancellationToken)
    {
        var user = new NewUser(
            Guid.CreateVersion7(), caller.OrganizationId, request.Email!, "", request.FullName!.Trim(), request.Role!, request.IsActive ?? true);
        if (request.Password is null)
            return await invitations.InviteAsync(user, caller, home!, cancellationToken) is var (invited, link) ? new CreatedUser(invited, link) : null;
        var hash = await HashAsync(user, request.Password, cancellationToken);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await UserStore.AddAsync(connection, transaction, user with { PasswordHash = hash }, cancellationToken) is not { } added) return null;
        await audit.RecordAsync(
            transaction, caller, AuditAction.UserCreated, added.Id.ToString(), new { added.Email, added.Role, added.IsActive }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new CreatedUser(added, null);
    }

    /// <summary>Changes the fields that users may change themselves.</summary>
    public async Task<User?> ChangeOwnAsync(Caller caller, OwnChange change, CancellationToken cancellationToken)
        => await WithPresenceAsync(await store.ChangeOwnAsync(caller, change, cancellationToken));

    /// <summary>
    /// Changes the fields that an administrator may change. An organization keeps at least one active administrator, and who may answer customers no
    /// more keeps no conversation.
    /// </summary>
    public async Task<UserChanged> ChangeAsync(Caller caller, Guid id, UserChange change, CancellationToken cancellationToken)
    {
        var organizationId = caller.OrganizationId;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockOrganizationAsync(transaction, organizationId, cancellationToken);
        if (await store.ChangeAsync(transaction, organizationId, id, change, cancellationToken) is not { } changed) return new UserChanged.Missing();
        if (!await UserStore.HasAdministratorAsync(transaction, organizationId, cancellationToken)) return new UserChanged.LastAdministrator();
        if (!changed.IsActive) await Sessions.EndAllAsync(transaction, id, except: null, cancellationToken);
        await audit.RecordAsync(
            transaction, caller, AuditAction.UserChanged, id.ToString(), new { changed.FullName, changed.Role, changed.IsActive }, cancellationToken);
        if (changed.MayAnswer()) await transaction.CommitAsync(cancellationToken);
        else await giveBack(transaction, changed, cancellationToken);

        if (change.Role is not null || change.IsActive is not null) sessions.NotifyUserChanged(id);
        return new UserChanged.Done((await WithPresenceAsync(changed))!);
    }

    private async Task<string> HashAsync(NewUser user, string password, CancellationToken cancellationToken)
    {
        using var place = passwords.Enter(PasswordLane.Members, user.OrganizationId.ToString());
        var accounts = await store.FindAccountsAsync(user.Email, cancellationToken);
        return await passwords.HashAsync(place, password, accounts.Select(a => a.PasswordHash), cancellationToken);
    }

    // Serializes two administrators who demote each other at the same time.
    private static Task LockOrganizationAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "select from organizations where id = @id for no key update", new { id }, transaction, cancellationToken: cancellationToken));

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
