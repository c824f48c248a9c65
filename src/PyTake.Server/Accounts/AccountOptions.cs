using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

/// <summary>Logins, tokens and their limits.</summary>
public sealed class AccountOptions
{
    public const string Section = "Accounts";

    /// <summary>Signs access tokens (HMAC-SHA256); the same on every node.</summary>
    public string SigningKey { get; set; } = "";

    /// <summary>Tokens under these are good as well while SigningKey is changed: first the next key, then the last one.</summary>
    public string[] OtherSigningKeys { get; set; } = [];

    public string Issuer { get; set; } = "pytake";

    public string Audience { get; set; } = "pytake";

    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a browser may stay away and still come back without a password.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Whether anybody may open an organization of their own.</summary>
    public bool Registration { get; set; }

    public int LoginsPerMinute { get; set; } = 5;

    public int RefreshesPerMinute { get; set; } = 10;

    public int RegistrationsPerMinute { get; set; } = 5;

    /// <summary>PBKDF2-HMAC-SHA512 rounds: OWASP's Password Storage Cheat Sheet asks for 210,000. Stored hashes follow at the next login.</summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>What a system to try out allows where nothing else is set, so that scripts can use it.</summary>
    internal void UseDemoDefaults()
    {
        Registration = true;
        LoginsPerMinute = RefreshesPerMinute = RegistrationsPerMinute = 300;
    }
}

internal sealed class AccountOptionsValidator : IValidateOptions<AccountOptions>
{
    private const int ShortestKey = 32;

    public ValidateOptionsResult Validate(string? name, AccountOptions options)
    {
        var failures = Rules(options).Where(r => !r.Holds).Select(r => $"{AccountOptions.Section}:{r.Key} {r.Otherwise}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<(bool Holds, string Key, string Otherwise)> Rules(AccountOptions options) =>
    [
        (options.SigningKey.Length >= ShortestKey, nameof(options.SigningKey), $"must be set, to {ShortestKey} characters or more"),
        .. options.OtherSigningKeys.Select((key, i) => (key.Length >= ShortestKey, $"{nameof(options.OtherSigningKeys)}:{i}", $"must have {ShortestKey} characters or more")),
        (options.Issuer.Length > 0, nameof(options.Issuer), "must not be empty"),
        (options.Audience.Length > 0, nameof(options.Audience), "must not be empty"),
        (options.AccessTokenLifetime.TotalSeconds is >= 10 and <= 86_400, nameof(options.AccessTokenLifetime), "must be between 10 seconds and a day"),
        (options.RefreshTokenLifetime > options.AccessTokenLifetime, nameof(options.RefreshTokenLifetime), "must be more than AccessTokenLifetime"),
        (options.LoginsPerMinute > 0, nameof(options.LoginsPerMinute), "must be 1 or more"),
        (options.RefreshesPerMinute > 0, nameof(options.RefreshesPerMinute), "must be 1 or more"),
        (options.RegistrationsPerMinute > 0, nameof(options.RegistrationsPerMinute), "must be 1 or more"),
        (options.PasswordIterations >= 1_000, nameof(options.PasswordIterations), "must be 1000 or more"),
    ];
}

/// <summary>Who runs this installation.</summary>
public sealed class OperationsOptions
{
    public const string Section = "Operations";

    /// <summary>The id of the organization whose administrators see <c>/api/v1/ops</c>. Empty: nobody does, or the demo's.</summary>
    public string OrganizationId { get; set; } = "";
}
