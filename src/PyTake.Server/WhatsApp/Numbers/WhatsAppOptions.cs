using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.WhatsApp.Numbers;

/// <summary>What this installation and Meta agreed on, for all organizations.</summary>
public sealed class WhatsAppOptions
{
    public const string Section = "WhatsApp";

    /// <summary>Secrets of the apps that may sign webhooks for any number here. Several, so that one can be changed without a gap.</summary>
    public string[] AppSecrets { get; set; } = [];

    /// <summary>Proves to us that it is our own app that Meta subscribes; numbers may have others.</summary>
    public string VerifyToken { get; set; } = "";
}

internal sealed class WhatsAppOptionsValidator(IOptions<DemoOptions> demo) : IValidateOptions<WhatsAppOptions>
{
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, WhatsAppOptions options)
    {
        var tooShort = Array.FindIndex(options.AppSecrets, secret => secret.Length < ShortestSecret);
        if (tooShort >= 0) return ValidateOptionsResult.Fail($"WhatsApp:AppSecrets:{tooShort} must have {ShortestSecret} characters or more");
        if (demo.Value.Enabled) return ValidateOptionsResult.Success;
        if (options.AppSecrets.Length == 0) return ValidateOptionsResult.Fail("WhatsApp:AppSecrets:0 is not set");
        return options.VerifyToken.Length == 0 ? ValidateOptionsResult.Fail("WhatsApp:VerifyToken is not set") : ValidateOptionsResult.Success;
    }
}
