using Microsoft.Extensions.Options;

namespace PyTake.Hosting;

/// <summary>
/// Settings of former versions. If one is still set, the node does not start and says what to do instead, because ignoring the setting
/// would silently change the node's behaviour.
/// </summary>
internal static class FormerSettings
{
    /// <summary>Refuses a setting. An empty value counts as not set, because containers pass on unset variables as empty ones.</summary>
    /// <param name="services">The node's services.</param>
    /// <param name="name">As spelled in configuration: <c>Jobs:Linger</c>.</param>
    /// <param name="instead">What to do instead: <c>use Outbound:Other</c>.</param>
    public static void AddFormerSetting(this IServiceCollection services, string name, string instead)
    {
        services.AddSingleton(new FormerSetting(name, instead));
        services.AddOptionsWithValidateOnStart<FormerSettingsCheck, FormerSettingsValidator>();
    }
}

/// <summary>A setting that no longer exists.</summary>
internal sealed record FormerSetting(string Name, string Instead);

/// <summary>An empty options class, for the validation at start.</summary>
internal sealed class FormerSettingsCheck;

internal sealed class FormerSettingsValidator(IEnumerable<FormerSetting> former, IConfiguration configuration) : IValidateOptions<FormerSettingsCheck>
{
    public ValidateOptionsResult Validate(string? name, FormerSettingsCheck options)
    {
        var failures = former.Where(setting => !string.IsNullOrEmpty(configuration[setting.Name]))
            .Select(setting => $"{setting.Name} is not a setting any more: {setting.Instead}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
