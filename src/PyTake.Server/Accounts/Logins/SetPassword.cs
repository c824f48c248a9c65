using Npgsql;

namespace PyTake.Accounts;

/// <summary>Sets the password of a user: their own change, a reset, or the answer to an invitation.</summary>
internal sealed class SetPassword(NpgsqlDataSource db, UserStore users, Passwords passwords, Sessions sessions, AccountLinks links, AuditTrail audit)
{
    /// <summary>Whether this is the caller's password.</summary>
    public async Task<bool> IsOwnAsync(Caller caller, string password, CancellationToken cancellationToken)
    {
        if (await users.FindAccountAsync(caller.UserId, cancellationToken) is not { } account) return false;
        using var place = passwords.Enter(PasswordLane.Members, caller.OrganizationId.ToString());
        return await passwords.VerifyAsync(place, [account.PasswordHash], password, cancellationToken) is not null;
    }

    /// <summary>Changes the caller's password. Their other sessions end, and so does everything else that the old one had opened.</summary>
    public async Task ChangeAsync(Caller caller, string email, string password, CancellationToken cancellationToken)
    {
        var hash = await HashAsync(PasswordLane.Members, caller.OrganizationId, email, password, cancellationToken);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SetAsync(transaction, caller, caller.UserId, hash, null, except: caller.SessionId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        sessions.NotifyUserChanged(caller.UserId);
    }

    /// <summary>Sets a password by a link of <see cref="AccountLinks.Reset"/>; false if it is used or over. All sessions end.</summary>
    public async Task<bool> ResetAsync(LinkedAccount account, string token, string password, Device device, CancellationToken cancellationToken)
    {
        var hash = await HashAsync(PasswordLane.Strangers, account.OrganizationId, account.Email, password, cancellationToken);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await links.TakeAsync(transaction, token, AccountLinks.Reset, cancellationToken)) return false;
        await SetAsync(transaction, ActorOf(account, device), account.UserId, hash, null, except: null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        sessions.NotifyUserChanged(account.UserId);
        return true;
    }

    /// <summary>Answers an invitation: the user has a password from now on, and is logged in. Null if it is used or over.</summary>
    public async Task<SignedIn?> AcceptAsync(
        LinkedAccount account, string token, string password, string? fullName, Device device, CancellationToken cancellationToken)
    {
        var hash = await HashAsync(PasswordLane.Strangers, account.OrganizationId, account.Email, password, cancellationToken);
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await links.TakeAsync(transaction, token, AccountLinks.Invitation, cancellationToken)) return null;
        await SetAsync(transaction, ActorOf(account, device), account.UserId, hash, fullName, except: null, cancellationToken);
        if (await sessions.OpenAsync(transaction, account.UserId, device, cancellationToken) is not { } signedIn) return null;
        await transaction.CommitAsync(cancellationToken);
        return signedIn;
    }

    private static Actor ActorOf(LinkedAccount account, Device device) => new(account.OrganizationId, account.UserId, device.Address);

    private async Task<string> HashAsync(PasswordLane lane, Guid organizationId, string email, string password, CancellationToken cancellationToken)
    {
        using var place = passwords.Enter(lane, organizationId.ToString());
        var accounts = await users.FindAccountsAsync(email, cancellationToken);
        return await passwords.HashAsync(place, password, accounts.Select(a => a.PasswordHash), cancellationToken);
    }

    private async Task SetAsync(
        NpgsqlTransaction transaction, Actor actor, Guid userId, string hash, string? fullName, Guid? except, CancellationToken cancellationToken)
    {
        await users.SetPasswordAsync(transaction, userId, hash, fullName, cancellationToken);
        await AccountLinks.DeleteAllAsync(transaction, userId, cancellationToken);
        await Challenges.DeleteAllAsync(transaction, userId, cancellationToken);
        await Sessions.EndAllAsync(transaction, userId, except, cancellationToken);
        await audit.RecordAsync(transaction, actor, AuditAction.PasswordSet, userId.ToString(), null, cancellationToken);
    }
}
