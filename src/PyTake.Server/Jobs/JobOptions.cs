using Microsoft.Extensions.Options;

namespace PyTake.Jobs;

/// <summary>Section <c>Jobs</c>: what runs the work.</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";
    public const string BuiltIn = "builtin";
    public const string Hangfire = "hangfire";

    /// <summary>What there is; the first is the default.</summary>
    internal static readonly string[] Providers = [Hangfire, BuiltIn];

    /// <summary>Hangfire or the built-in engine.</summary>
    public string Provider { get; set; } = Providers[0];

    /// <summary>How long a drain of Hangfire's waits for more before its job ends; the next signal pays for a new one.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a node's death its jobs are Hangfire's again, in whole seconds; their work does not wait for that.</summary>
    public TimeSpan InvisibilityTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

internal sealed class JobOptionsValidator : IValidateOptions<JobOptions>
{
    public ValidateOptionsResult Validate(string? name, JobOptions options)
    {
        var failures = Rules(options).Where(r => !r.Holds).Select(r => $"{JobOptions.Section}:{r.Key} {r.Otherwise}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<(bool Holds, string Key, string Otherwise)> Rules(JobOptions options) =>
    [
        (JobOptions.Providers.Contains(options.Provider), nameof(options.Provider),
            $"is '{options.Provider}'; it may be {string.Join(" or ", JobOptions.Providers)}"),
        (options.Linger.TotalSeconds is >= 0.1 and <= 3600, nameof(options.Linger), "must be between 100 ms and an hour"),
        (options.InvisibilityTimeout.TotalSeconds is >= 1 and <= 3600, nameof(options.InvisibilityTimeout), "must be between a second and an hour"),
    ];
}
