using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MimeKit;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.Accounts;

/// <summary>The SMTP server that sends invitations and links for new passwords. Without a host no mail is sent, and administrators pass links on.</summary>
public sealed class MailOptions : IValidatableObject
{
    public const string Section = "Mail";

    public string Host { get; set; } = "";

    [Range(1, 65535)] public int Port { get; set; } = 587;

    /// <summary>starttls, tls (from the first byte, usually at port 465), or none, which only a server on this machine should have.</summary>
    [AllowedValues("starttls", "tls", "none")] public string Security { get; set; } = "starttls";

    /// <summary>Empty for a server that asks for none.</summary>
    public string Username { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>The sender: <c>PyTake &lt;pytake@example.com&gt;</c>.</summary>
    public string From { get; set; } = "";

    /// <summary>Whether mail is sent at all.</summary>
    internal bool IsConfigured => Host.Length > 0;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsConfigured) yield break;
        if (!MailboxAddress.TryParse(From, out _)) yield return Settings.Broken(nameof(From), "must be an address like PyTake <pytake@example.com>");
        if (validationContext.GetRequiredService<IOptions<AccountOptions>>().Value.PublicUrl.Length == 0
            && !validationContext.GetRequiredService<IOptions<DemoOptions>>().Value.Enabled)
            yield return Settings.Broken(nameof(Host), "needs Accounts:PublicUrl, where the links in the mails lead");
    }
}
