using Hangfire;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using Npgsql;
using PyTake.Database;
using PyTake.Jobs;

namespace PyTake.Accounts;

/// <summary>Sends one mail. A failed one is tried again by <see cref="MailQueue.CatchUpAsync"/>, until it is too old.</summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail), Queue(Queues.Maintenance)]
internal sealed class MailJob(
    NpgsqlDataSource db, MailQueue queue, UserStore users, AccountLinks links, IOptions<MailOptions> options, TimeProvider time)
{
    // A person who asks again and again gets one mail in this time, whoever asks.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(2);

    [JobDisplayName("mail {0}")]
    public async Task RunAsync(Guid mailId, CancellationToken cancellationToken)
    {
        if (await queue.FindAsync(mailId, cancellationToken) is not { } request) return;
        if (await ComposeAsync(request, cancellationToken) is { } message) await SendAsync(message, cancellationToken);
        await queue.DeleteAsync(mailId, CancellationToken.None);
    }

    private async Task<MimeMessage?> ComposeAsync(MailRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind == AccountLinks.Invitation) return MailTexts.Invitation(request.Url!, request.ExpiresAt!.Value).To(request.Email, options.Value.From);
        if (request.Url is not null) return MailTexts.Reset([("PyTake", request.Url)]).To(request.Email, options.Value.From);
        var made = await MakeLinksAsync(request, cancellationToken);
        return made.Count == 0 ? null : MailTexts.Reset(made).To(request.Email, options.Value.From);
    }

    // Made here and not in the request, which must take as long for an address without an account.
    private async Task<IReadOnlyList<(string OrganizationName, string Url)>> MakeLinksAsync(MailRequest request, CancellationToken cancellationToken)
    {
        List<(string, string)> made = [];
        foreach (var (userId, organizationName) in await users.OfAddressAsync(request.Email, cancellationToken))
        {
            await using var connection = await db.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (time.UtcNow() - await links.CreatedAtAsync(transaction, userId, AccountLinks.Reset, cancellationToken) < Pause) continue;
            var link = await links.AddAsync(transaction, userId, AccountLinks.Reset, createdBy: null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            made.Add((organizationName, PublicAddress.Link(new Uri(request.Address!), Invitations.ResetPage, link.Token)));
        }
        return made;
    }

    private async Task SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        using var smtp = new SmtpClient();
        var settings = options.Value;
        await smtp.ConnectAsync(settings.Host, settings.Port, settings.Security switch
        {
            "tls" => SecureSocketOptions.SslOnConnect,
            "none" => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTls,
        }, cancellationToken);
        if (settings.Username.Length > 0) await smtp.AuthenticateAsync(settings.Username, settings.Password, cancellationToken);
        await smtp.SendAsync(message, cancellationToken);
        await smtp.DisconnectAsync(quit: true, CancellationToken.None);
    }
}
