using Microsoft.Extensions.Options;

namespace PyTake.Hosting;

/// <summary>
/// Settings that former versions had. One that is still set stops the start and says what to do, because ignoring it would change what the
/// node does without a word.
/// </summary>
internal static class FormerSettings
{
    /// <summary>Refuses a setting. One that is set to nothing counts as not set, as containers pass on what may be unset.</summary>
    /// <param name="services">The node's.</param>
    /// <param name="name">As spelled in configuration: <c>Jobs:Linger</c>.</param>
    /// <param name="instead">What to do instead: <c>use Outbound:Other</c>.</param>
    public static void AddFormerSetting(this IServiceCollection services, string name, string instead)
    {
        services.AddSingleton(new FormerSetting(name, instead));
        services.AddOptionsWithValidateOnStart<FormerSettingsCheck, FormerSettingsValidator>();
    }
}

/// <summary>A setting that there was.</summary>
internal sealed record FormerSetting(string Name, string Instead);

/// <summary>Nothing: what options' validation at start hangs on.</summary>
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
