using Npgsql;

namespace PyTake.Accounts;

/// <summary>Creates an organization with its first administrator, who is logged in at once.</summary>
internal sealed class Register(NpgsqlDataSource db, OrganizationStore organizations, Passwords passwords, Sessions sessions)
{
    /// <returns>Null if the e-mail address already has an account.</returns>
    public async Task<SignedIn?> RunAsync(
        string email, string password, string fullName, string organizationName, CancellationToken cancellationToken)
    {
        var hash = await passwords.HashAsync(password, cancellationToken);
        var organizationId = Guid.CreateVersion7();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await organizations.AddAsync(transaction, organizationId, organizationName, cancellationToken);
        var administrator = new NewUser(Guid.CreateVersion7(), organizationId, email, hash, fullName, Role.OrgAdmin);
        if (await UserStore.AddAsync(connection, transaction, administrator, cancellationToken) is null) return null;

        var signedIn = await sessions.OpenAsync(transaction, administrator.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signedIn;
    }
}
