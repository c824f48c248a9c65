using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace PyTake.Hosting;

/// <summary>
/// Settings whose class declares their rules: as annotations of its properties, and in <see cref="IValidatableObject.Validate"/> if a rule
/// concerns several of them or the elements of a list.
/// </summary>
internal static class Settings
{
    /// <summary>Binds a section of the configuration. Invalid settings stop the start with an error that names all of them.</summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section) where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(provider => new SettingsValidator<TOptions>(section, provider));
        return services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
    }

    /// <summary>A broken rule of <see cref="IValidatableObject.Validate"/>: what is wrong with a key, such as <c>must be a UUID</c>.</summary>
    public static ValidationResult Broken(string key, string message) => new(message, [key]);

    /// <summary>The same for each element of a list that breaks a rule.</summary>
    public static IEnumerable<ValidationResult> EachBroken(string key, string[] list, Func<string, bool> holds, string message)
        => list.Index().Where(element => !holds(element.Item)).Select(element => Broken($"{key}:{element.Index}", message));
}

/// <summary>Validates a section by the rules of its class. Its errors name the key as in the configuration: <c>Section:Key must be …</c></summary>
/// <remarks>Source-generated validators (OptionsValidator) drop the error messages of TimeSpan ranges and name the class instead of the key.</remarks>
internal sealed class SettingsValidator<TOptions>(string section, IServiceProvider services) : IValidateOptions<TOptions> where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var context = new ValidationContext(options, services, null);
        List<ValidationResult> broken =
            [.. typeof(TOptions).GetProperties().Select(property => BrokenOf(property, options, context)).OfType<ValidationResult>()];
        if (options is IValidatableObject rules) broken.AddRange(rules.Validate(context));
        return broken.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(broken.Select(rule => $"{section}:{rule.MemberNames.First()} {rule.ErrorMessage}"));
    }

    // Reports one broken rule for each property, [Required] before all others.
    private static ValidationResult? BrokenOf(PropertyInfo property, TOptions options, ValidationContext context)
    {
        var value = property.GetValue(options);
        return property.GetCustomAttributes<ValidationAttribute>()
            .OrderByDescending(rule => rule is RequiredAttribute)
            .Where(rule => rule.GetValidationResult(value, context) is not null)
            .Select(rule => Settings.Broken(property.Name, MessageOf(rule)))
            .FirstOrDefault();
    }

    private static string MessageOf(ValidationAttribute rule) => rule switch
    {
        RequiredAttribute => "is not set",
        MinLengthAttribute { Length: var least } => $"must have {least} characters or more",
        AllowedValuesAttribute { Values: var values } => $"must be {string.Join(" or ", values)}",
        RangeAttribute { Minimum: var least, Maximum: int.MaxValue } => $"must be {Spelled(least)} or more",
        RangeAttribute { Minimum: var least, Maximum: var most } => $"must be between {Spelled(least)} and {Spelled(most)}",
        // .NET's default message names the class instead of the key.
        _ => rule.ErrorMessage ?? "is not valid",
    };

    private static string Spelled(object value) => value is not TimeSpan time ? Convert.ToString(value, CultureInfo.InvariantCulture)! : time switch
    {
        { Ticks: 0 } => "0",
        { TotalSeconds: < 1 } => $"{time.TotalMilliseconds} ms",
        { TotalMinutes: < 1 } => $"{time.TotalSeconds} s",
        { TotalMinutes: 1 } => "a minute",
        { TotalHours: < 1 } => $"{time.TotalMinutes} minutes",
        { TotalHours: 1 } => "an hour",
        { TotalDays: 1 } => "a day",
        _ => $"{time.TotalHours} hours",
    };
}
