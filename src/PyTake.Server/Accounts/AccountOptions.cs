using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

/// <summary>Logins, tokens and their limits.</summary>
public sealed class AccountOptions
{
    public const string Section = "Accounts";

    /// <summary>Signs access tokens (HMAC-SHA256); the same on every node.</summary>
    [Required(ErrorMessage = "Accounts:SigningKey is not set")]
    [MinLength(32, ErrorMessage = "Accounts:SigningKey must have 32 characters or more")]
    public string SigningKey { get; set; } = "";

    [Required(ErrorMessage = "Accounts:Issuer is empty")]
    public string Issuer { get; set; } = "pytake";

    [Required(ErrorMessage = "Accounts:Audience is empty")]
    public string Audience { get; set; } = "pytake";

    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00", ErrorMessage = "Accounts:AccessTokenLifetime must be between 10 seconds and a day")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a browser may stay away and still come back without a password.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00", ErrorMessage = "Accounts:RefreshTokenLifetime must be between a minute and a year")]
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Whether anybody may open an organization of their own.</summary>
    public bool Registration { get; set; }

    [Range(1, 100_000, ErrorMessage = "Accounts:LoginsPerMinute must be 1 or more")]
    public int LoginsPerMinute { get; set; } = 5;

    [Range(1, 100_000, ErrorMessage = "Accounts:RefreshesPerMinute must be 1 or more")]
    public int RefreshesPerMinute { get; set; } = 10;

    [Range(1, 100_000, ErrorMessage = "Accounts:RegistrationsPerMinute must be 1 or more")]
    public int RegistrationsPerMinute { get; set; } = 5;

    /// <summary>PBKDF2-HMAC-SHA512 rounds: OWASP's Password Storage Cheat Sheet asks for 210,000. Stored hashes follow at the next login.</summary>
    [Range(1_000, 10_000_000, ErrorMessage = "Accounts:PasswordIterations must be 1000 or more")]
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>What a system to try out allows where nothing else is set, so that scripts can use it.</summary>
    internal void UseDemoDefaults()
    {
        Registration = true;
        LoginsPerMinute = RefreshesPerMinute = RegistrationsPerMinute = 300;
    }
}

[OptionsValidator]
internal sealed partial class AccountOptionsValidator : IValidateOptions<AccountOptions>;

/// <summary>Who runs this installation.</summary>
public sealed class OperationsOptions
{
    public const string Section = "Operations";

    /// <summary>The organization whose administrators see <c>/api/v1/ops</c>. None: nobody does.</summary>
    public Guid? OrganizationId { get; set; }
}
