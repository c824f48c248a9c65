using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.WhatsApp.Numbers;

/// <summary>The secrets that this installation shares with Meta, for all organizations.</summary>
public sealed class WhatsAppOptions : IValidatableObject
{
    public const string Section = "WhatsApp";

    private const int ShortestSecret = 16;

    /// <summary>
    /// Secrets of the apps that may sign webhooks for any number here. Several, so that one can be replaced without rejecting webhooks meanwhile.
    /// </summary>
    public string[] AppSecrets { get; set; } = [];

    /// <summary>Proves that Meta's verification request is for our own app; numbers may have tokens of their own.</summary>
    public string VerifyToken { get; set; } = "";

    /// <summary>How many numbers in use an organization may have: each costs the installation work with every webhook and every look at them.</summary>
    [Range(1, 100_000)] public int NumbersPerOrganization { get; set; } = 100;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var tooShort = Settings.EachBroken(
            nameof(AppSecrets), AppSecrets, secret => secret.Length >= ShortestSecret, $"must have {ShortestSecret} characters or more");
        foreach (var rule in tooShort) yield return rule;
        if (validationContext.GetRequiredService<IOptions<DemoOptions>>().Value.Enabled) yield break;
        if (AppSecrets.Length == 0) yield return Settings.Broken($"{nameof(AppSecrets)}:0", "is not set");
        if (VerifyToken.Length == 0) yield return Settings.Broken(nameof(VerifyToken), "is not set");
    }
}
