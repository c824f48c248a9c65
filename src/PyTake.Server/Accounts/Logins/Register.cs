using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;

namespace PyTake.Accounts;

/// <summary>Creates an organization with its first administrator, who is logged in at once.</summary>
internal sealed class Register(
    NpgsqlDataSource db, OrganizationStore organizations, UserStore users, Passwords passwords, Sessions sessions, AuditTrail audit,
    IOptions<DemoOptions> demo)
{
    /// <returns>
    /// Null if the e-mail address already has an account, which only a demo tells: elsewhere nobody learns that somebody has one, and the new account is another.
    /// </returns>
    public async Task<SignedIn?> RunAsync(
        RegisterRequest request, Device device, string network, CancellationToken cancellationToken)
    {
        var (email, organizationName) = (request.Email!, request.OrganizationName!.Trim());
        using var place = passwords.Enter(PasswordLane.Strangers, network);
        var accounts = await users.FindAccountsAsync(email, cancellationToken);
        var hash = await passwords.HashAsync(place, request.Password!, accounts.Select(a => a.PasswordHash), cancellationToken);
        var organizationId = Guid.CreateVersion7();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (demo.Value.Enabled && await UserStore.IsTakenAsync(transaction, email, cancellationToken)) return null;
        await organizations.AddAsync(transaction, organizationId, organizationName, cancellationToken);
        var administrator = new NewUser(Guid.CreateVersion7(), organizationId, email, hash, request.FullName!.Trim(), Role.OrgAdmin);
        await UserStore.AddAsync(connection, transaction, administrator, cancellationToken);

        await audit.RecordAsync(
            transaction, new Actor(organizationId, administrator.Id, device.Address), AuditAction.OrganizationRegistered, organizationId.ToString(),
            new { Name = organizationName }, cancellationToken);
        var signedIn = await sessions.OpenAsync(transaction, administrator.Id, device, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signedIn;
    }
}
