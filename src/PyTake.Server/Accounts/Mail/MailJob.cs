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
        var made = request.Links is null ? await MakeLinksAsync(mailId, request, cancellationToken) : request;
        if (made.Links!.Count > 0) await SendAsync(TextOf(made).To(made.Email, options.Value.From), cancellationToken);
        await queue.DeleteAsync(mailId, CancellationToken.None);
    }

    // Made here and not in the request, which must take as long for an address without an account.
    private async Task<MailRequest> MakeLinksAsync(Guid mailId, MailRequest request, CancellationToken cancellationToken)
    {
        List<MailLink> made = [];
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var (userId, organizationName) in await users.OfAddressAsync(request.Email, cancellationToken))
        {
            if (time.UtcNow() - await links.CreatedAtAsync(transaction, userId, AccountLinks.Reset, cancellationToken) < Pause) continue;
            var link = await links.AddAsync(transaction, userId, AccountLinks.Reset, createdBy: null, cancellationToken);
            made.Add(new MailLink(organizationName, PublicAddress.Link(new Uri(request.Address!), Invitations.ResetPage, link.Token)));
        }
        var answer = request with { Links = made };
        await queue.ReplaceAsync(transaction, mailId, answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private static MailTexts TextOf(MailRequest request) => request.Kind == AccountLinks.Invitation
        ? MailTexts.Invitation(request.Links![0].Url, request.ExpiresAt!.Value)
        : MailTexts.Reset(request.Links!);

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
