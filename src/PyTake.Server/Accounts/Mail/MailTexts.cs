using System.Globalization;
using MimeKit;

namespace PyTake.Accounts;

/// <summary>
/// What mails say, in both languages, because the reader's is not known. Nothing in them was written by a tenant but the name of an organization that the
/// reader belongs to: otherwise invitations would carry anybody's words to anybody.
/// </summary>
internal sealed record MailTexts(string Subject, string Body)
{
    public static MailTexts Invitation(string url, DateTime expiresAt) => new("PyTake: an invitation · um convite", $"""
        You are invited to PyTake. Set your password here, by {Day(expiresAt)}:
        Você foi convidado para o PyTake. Defina sua senha aqui, até {Day(expiresAt)}:

        {url}

        If you did not expect this, do nothing.
        Se você não esperava por isto, não faça nada.
        """);

    public static MailTexts Reset(IReadOnlyList<MailLink> accounts) => new("PyTake: a new password · uma nova senha", $"""
        Somebody, probably you, asked for a new password. Set it here, within an hour:
        Alguém, provavelmente você, pediu uma nova senha. Defina-a aqui, dentro de uma hora:

        {string.Join("\n\n", accounts.Select(account => $"{account.Name}: {account.Url}"))}

        If it was not you, do nothing: your password stays.
        Se não foi você, não faça nada: sua senha continua a mesma.
        """);

    public MimeMessage To(string email, string from)
    {
        var message = new MimeMessage { Subject = Subject, Body = new TextPart("plain") { Text = Body } };
        message.From.Add(MailboxAddress.Parse(from));
        message.To.Add(new MailboxAddress("", email));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    private static string Day(DateTime time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
