using Npgsql;

namespace PyTake.Accounts;

/// <summary>
/// Links that an administrator asks for: invitations, and new passwords for members who forgot theirs. Each is shown once, and mailed where mail is configured.
/// </summary>
internal sealed class Invitations(NpgsqlDataSource db, UserStore users, AccountLinks links, MailQueue mails, AuditTrail audit)
{
    /// <summary>The path of the page that answers an invitation, and of the one that sets a new password.</summary>
    public const string InvitationPage = "invitation", ResetPage = "reset";

    /// <summary>Adds a member who cannot log in before they have answered.</summary>
    /// <returns>Null if the organization has this e-mail address.</returns>
    public async Task<(User User, SentLink Link)?> InviteAsync(NewUser user, Actor invitedBy, Uri address, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await UserStore.AddAsync(connection, transaction, user, cancellationToken) is not { } added) return null;
        await audit.RecordAsync(transaction, invitedBy, AuditAction.UserInvited, added.Id.ToString(), new { added.Email, added.Role }, cancellationToken);
        return (added, await SendAsync(transaction, added, AccountLinks.Invitation, invitedBy.UserId, address, cancellationToken));
    }

    /// <summary>Makes another link for a member: an invitation for one who has not answered, otherwise one to set a new password.</summary>
    public async Task<LinkOutcome> RenewAsync(Caller caller, Guid userId, string kind, Uri address, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(caller.OrganizationId, userId, cancellationToken) is not { } user) return new LinkOutcome.Missing();
        if (user.Invited != (kind == AccountLinks.Invitation)) return new LinkOutcome.Unfit();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await audit.RecordAsync(transaction, caller, AuditAction.LinkMade, userId.ToString(), new { kind }, cancellationToken);
        return new LinkOutcome.Sent(await SendAsync(transaction, user, kind, caller.UserId, address, cancellationToken));
    }

    private async Task<SentLink> SendAsync(
        NpgsqlTransaction transaction, User user, string kind, Guid? by, Uri address, CancellationToken cancellationToken)
    {
        var link = await links.AddAsync(transaction, user.Id, kind, by, cancellationToken);
        var url = PublicAddress.Link(address, kind == AccountLinks.Invitation ? InvitationPage : ResetPage, link.Token);
        var mail = await mails.AddAsync(transaction, new MailRequest(kind, user.Email) { Links = [new MailLink("PyTake", url)], ExpiresAt = link.ExpiresAt }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        mails.Wake(mail);
        return new SentLink(url, link.ExpiresAt, mail is not null);
    }
}

/// <summary>A link that was made.</summary>
internal sealed record SentLink(string Url, DateTime ExpiresAt, bool Mailed);

/// <summary>The result of asking for a link.</summary>
internal abstract record LinkOutcome
{
    public sealed record Sent(SentLink Link) : LinkOutcome;
    public sealed record Missing : LinkOutcome;
    public sealed record Unfit : LinkOutcome;
}
