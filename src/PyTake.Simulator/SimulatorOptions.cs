using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PyTake.Simulator;

/// <summary>The settings under <c>Simulator__</c>. A bad one stops the process at start.</summary>
internal sealed class SimulatorOptions
{
    public const string Section = "Simulator";

    /// <summary>Where statuses and customers' messages are posted to.</summary>
    [Required(ErrorMessage = "Simulator__WebhookUrl is missing")]
    [RegularExpression("https?://.+", ErrorMessage = "Simulator__WebhookUrl must be an absolute http or https URL")]
    public string WebhookUrl { get; set; } = "";

    /// <summary>Signs what is posted to the webhook.</summary>
    [Required(ErrorMessage = "Simulator__AppSecret is missing")]
    public string AppSecret { get; set; } = "";

    /// <summary>The one bearer token that is accepted; when empty, any is.</summary>
    public string AccessToken { get; set; } = "";

    /// <summary>The number customers write to where nothing else is said.</summary>
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
        // Several lines a request would cost more than the request.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<SimulatorOptions, SimulatorOptionsValidator>()
            .BindConfiguration(SimulatorOptions.Section);
    }
}
