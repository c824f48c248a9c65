using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PyTake.Hosting;

/// <summary>Settings whose rules stand as annotations on their class.</summary>
internal static class Settings
{
    /// <summary>Reads a section, and stops the start where one of its settings breaks a rule.</summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section) where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(new SettingsValidator<TOptions>(section));
        return services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
    }
}

/// <summary>Checks a section by its annotations, and names what is wrong as it is spelled in configuration.</summary>
/// <remarks>Validators that the compiler generates (OptionsValidator) drop the messages of ranges of time, and name the class instead.</remarks>
internal sealed class SettingsValidator<TOptions>(string section) : IValidateOptions<TOptions> where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        List<ValidationResult> broken = [];
        return Validator.TryValidateObject(options, new ValidationContext(options), broken, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(broken.Select(Named));
    }

    // A message of our own says which setting it is about, .NET's does not.
    private string Named(ValidationResult rule)
    {
        var (key, message) = ($"{section}:{rule.MemberNames.First()}", rule.ErrorMessage!);
        return message.StartsWith(key, StringComparison.Ordinal) ? message : $"{key}: {message}";
    }
}
