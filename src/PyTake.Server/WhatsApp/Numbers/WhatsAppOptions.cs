using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Hosting;

namespace PyTake.WhatsApp.Numbers;

/// <summary>What this installation and Meta agreed on, for all organizations.</summary>
public sealed class WhatsAppOptions : IValidatableObject
{
    public const string Section = "WhatsApp";

    private const int ShortestSecret = 16;

    /// <summary>Secrets of the apps that may sign webhooks for any number here. Several, so that one can be changed without a gap.</summary>
    public string[] AppSecrets { get; set; } = [];

    /// <summary>Proves to us that it is our own app that Meta subscribes; numbers may have others.</summary>
    public string VerifyToken { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var tooShort = Settings.EachBroken(nameof(AppSecrets), AppSecrets, secret => secret.Length >= ShortestSecret, $"must have {ShortestSecret} characters or more");
        foreach (var rule in tooShort) yield return rule;
        if (validationContext.GetRequiredService<IOptions<DemoOptions>>().Value.Enabled) yield break;
        if (AppSecrets.Length == 0) yield return Settings.Broken($"{nameof(AppSecrets)}:0", "is not set");
        if (VerifyToken.Length == 0) yield return Settings.Broken(nameof(VerifyToken), "is not set");
    }
}
