using System.ComponentModel.DataAnnotations;
using PyTake.Hosting;

namespace PyTake.Accounts;

/// <summary>Logins, tokens and their limits.</summary>
public sealed class AccountOptions : IValidatableObject
{
    public const string Section = "Accounts";

    private const int ShortestKey = 32;

    /// <summary>Signs access tokens (HMAC-SHA256); the same on every node.</summary>
    [Required, MinLength(ShortestKey)] public string SigningKey { get; set; } = "";

    /// <summary>Further keys that verify tokens but sign none. While SigningKey is rotated, first the next key and then the previous one.</summary>
    public string[] OtherSigningKeys { get; set; } = [];

    [Required] public string Issuer { get; set; } = "pytake";

    [Required] public string Audience { get; set; } = "pytake";

    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")] public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a browser may be idle before its user must log in again.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Where people's browsers reach the installation: <c>https://inbox.example.com</c>. Links of invitations and for new passwords lead there, and passkeys
    /// are bound to it. Without it there are none of them, except in a demo, which takes the address that it is asked at.
    /// </summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>How long a session lasts, however busy it is, until its user must log in again.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Whether anybody may register a new organization.</summary>
    public bool Registration { get; set; }

    /// <summary>For each account and address, or known device.</summary>
    [Range(1, int.MaxValue)] public int LoginsPerMinute { get; set; } = 5;

    /// <summary>For each address, whatever the accounts: an office may have one address. Devices that are known do not count.</summary>
    [Range(1, int.MaxValue)] public int FailedLoginsPerMinute { get; set; } = 60;

    /// <summary>For the installation: beyond these somebody guesses from everywhere at once. Devices that are known do not count.</summary>
    [Range(1, int.MaxValue)] public int AllFailedLoginsPerMinute { get; set; } = 1_000;

    [Range(1, int.MaxValue)] public int RefreshesPerMinute { get; set; } = 10;

    [Range(1, int.MaxValue)] public int RegistrationsPerMinute { get; set; } = 5;

    /// <summary>PBKDF2-HMAC-SHA512 rounds: OWASP's Password Storage Cheat Sheet asks for 210,000. Stored hashes are upgraded at the next login.</summary>
    [Range(1_000, int.MaxValue)] public int PasswordIterations { get; set; } = 210_000;

    /// <summary>How long the audit trail is kept.</summary>
    [Range(1, int.MaxValue)] public int AuditDays { get; set; } = 365;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var tooShort = Settings.EachBroken(
            nameof(OtherSigningKeys), OtherSigningKeys, key => key.Length >= ShortestKey, $"must have {ShortestKey} characters or more");
        foreach (var rule in tooShort) yield return rule;
        if (RefreshTokenLifetime <= AccessTokenLifetime)
            yield return Settings.Broken(nameof(RefreshTokenLifetime), $"must be more than {nameof(AccessTokenLifetime)}");
        if (SessionLifetime <= AccessTokenLifetime)
            yield return Settings.Broken(nameof(SessionLifetime), $"must be more than {nameof(AccessTokenLifetime)}");
        if (PublicUrl.Length > 0 && !IsPublicAddress(PublicUrl))
            yield return Settings.Broken(nameof(PublicUrl), "must be an address without a path, like https://inbox.example.com; http is only for localhost");
    }

    private static bool IsPublicAddress(string url)
        => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.PathAndQuery == "/" && address.Fragment.Length == 0 && address.UserInfo.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>Defaults for a demo system: open registration, and limits high enough for scripts.</summary>
    internal void UseDemoDefaults()
    {
        Registration = true;
        LoginsPerMinute = FailedLoginsPerMinute = RefreshesPerMinute = RegistrationsPerMinute = 300;
    }
}

/// <summary>Who runs this installation.</summary>
public sealed class OperationsOptions : IValidatableObject
{
    public const string Section = "Operations";

    /// <summary>The id of the organization whose administrators see <c>/api/v1/ops</c>. Empty: the demo's, or none.</summary>
    public string OrganizationId { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        => OrganizationId.Length == 0 || Guid.TryParse(OrganizationId, out _) ? [] : [Settings.Broken(nameof(OrganizationId), "must be a UUID")];
}
