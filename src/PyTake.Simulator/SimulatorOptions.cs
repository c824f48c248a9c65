using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PyTake.Simulator;

/// <summary>The settings under <c>Simulator__</c>. A bad one stops the process at start.</summary>
internal sealed class SimulatorOptions
{
    public const string Section = "Simulator";

    /// <summary>The URL that statuses and customers' messages are posted to.</summary>
    [Required(ErrorMessage = "Simulator__WebhookUrl is missing")]
    [RegularExpression("https?://.+", ErrorMessage = "Simulator__WebhookUrl must be an absolute http or https URL")]
    public string WebhookUrl { get; set; } = "";

    /// <summary>The key that webhook requests are signed with.</summary>
    [Required(ErrorMessage = "Simulator__AppSecret is missing")]
    public string AppSecret { get; set; } = "";

    /// <summary>The only bearer token that is accepted; if empty, any token is.</summary>
    public string AccessToken { get; set; } = "";

    /// <summary>The number that customers write to by default.</summary>
    [Required(ErrorMessage = "Simulator__PhoneNumberId is missing")]
    [RegularExpression("[0-9]+", ErrorMessage = "Simulator__PhoneNumberId must be digits")]
    public string PhoneNumberId { get; set; } = "";

    /// <summary>That number as people read it.</summary>
    [Required(ErrorMessage = "Simulator__DisplayPhoneNumber is missing")]
    [RegularExpression("[+]?[0-9 ()-]{7,25}", ErrorMessage = "Simulator__DisplayPhoneNumber must be a phone number")]
    public string DisplayPhoneNumber { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class SimulatorOptionsValidator : IValidateOptions<SimulatorOptions>;

internal static class Settings
{
    public static void AddSettings(this WebApplicationBuilder builder)
    {
        // Logging several lines for each request would cost more than the request.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<SimulatorOptions, SimulatorOptionsValidator>()
            .BindConfiguration(SimulatorOptions.Section);
    }
}
