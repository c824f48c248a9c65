using Npgsql;
using PyTake.Accounts;

namespace PyTake.Operations;

/// <summary>
/// Lets a first administrator in: makes the organization that operates the installation, unless there is one, and a link for this e-mail address. For an
/// administrator who is locked out it makes another link.
/// </summary>
internal sealed class FirstAdministrator(
    NpgsqlDataSource db, OrganizationStore organizations, UserStore users, AccountLinks links, OperatingOrganization operating,
    AuditTrail audit)
{
    private const string UsualName = "Operations";

    /// <param name="email">Whose link it is.</param>
    /// <param name="organizationName">The name of the organization if it is made; null for the usual one.</param>
    /// <param name="address">Where the link leads.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The link, and until when it is good.</returns>
    public async Task<(string Url, DateTime ExpiresAt)> InviteAsync(string email, string? organizationName, Uri address, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var organizationId = await OrganizationAsync(transaction, organizationName ?? UsualName, cancellationToken);
        var invited = new NewUser(Guid.CreateVersion7(), organizationId, email, PasswordHash: "", FullName: email.Trim(), Role.OrgAdmin);
        var user = await UserStore.AddAsync(connection, transaction, invited, cancellationToken)
            ?? await PromoteAsync(transaction, organizationId, email, cancellationToken);
        var (kind, page) = user.Invited ? (AccountLinks.Invitation, Invitations.InvitationPage) : (AccountLinks.Reset, Invitations.ResetPage);
        var link = await links.AddAsync(transaction, user.Id, kind, createdBy: null, cancellationToken);
        await audit.RecordAsync(
            transaction, new Actor(organizationId, null, null), AuditAction.LinkMade, user.Id.ToString(), new { kind, command = "admin" }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (PublicAddress.Link(address, page, link.Token), link.ExpiresAt);
    }

    private async Task<Guid> OrganizationAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        if (operating.Configured is { } configured)
        {
            await organizations.AddAsync(transaction, configured, name, cancellationToken);
            return configured;
        }
        if (await OrganizationStore.FindOperatingAsync(transaction, cancellationToken) is { } found) return found;
        var made = Guid.CreateVersion7();
        await organizations.AddAsync(transaction, made, name, cancellationToken);
        await OrganizationStore.SetOperatingAsync(transaction, made, cancellationToken);
        return made;
    }

    private async Task<User> PromoteAsync(NpgsqlTransaction transaction, Guid organizationId, string email, CancellationToken cancellationToken)
    {
        var id = await UserStore.IdOfAsync(transaction, organizationId, email, cancellationToken);
        return (await users.ChangeAsync(transaction, organizationId, id, new UserChange(null, null, Role.OrgAdmin, true), cancellationToken))!;
    }
}

internal static class AdminCommand
{
    private const string Usage = "Usage: dotnet PyTake.Server.dll admin EMAIL [--organization NAME]";

    /// <summary>Whether the program was started as <c>admin</c>.</summary>
    public static bool IsAskedBy(string[] args) => args is ["admin", ..];

    /// <summary>Prints a link for the administrator and ends the program; the exit code is 1, and the reason printed, if there is none.</summary>
    public static async Task InviteAdministratorAsync(this WebApplication app, string[] args)
    {
        await using (app)
        {
            var (email, name) = args switch
            {
                [_, var only] => (only, null),
                [_, var first, "--organization", var named] => (first, named),
                [_, "--organization", var named, var last] => (last, named),
                _ => (null, (string?)null),
            };
            var problem = !Emails.IsPlausible(email) || name is { Length: 0 or > 200 } ? Usage
                : app.Services.GetRequiredService<PublicAddress>().Of(null) is null ? PublicAddress.Unknown
                : null;
            if (problem is not null)
            {
                await Console.Error.WriteLineAsync(problem);
                Environment.ExitCode = 1;
                return;
            }
            var address = app.Services.GetRequiredService<PublicAddress>().Of(null)!;
            var (url, expiresAt) = await app.Services.GetRequiredService<FirstAdministrator>().InviteAsync(email!, name, address, CancellationToken.None);
            await Console.Out.WriteLineAsync($"Open this link to log in for the first time; it is good once, until {expiresAt:yyyy-MM-dd HH:mm} UTC:\n{url}");
        }
    }
}
