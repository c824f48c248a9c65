using PyTake.Faults.Checking;
using PyTake.Faults.Inflicted;

namespace PyTake.Faults;

/// <summary>What one trial showed.</summary>
internal sealed record TrialResult
{
    public required Fault Fault { get; init; }

    /// <summary>Why it was not done.</summary>
    public string? Skipped { get; init; }

    /// <summary>What went wrong with the trial itself, or never ended.</summary>
    public string? Trouble { get; init; }

    public IReadOnlyList<Violation> Violations { get; init; } = [];

    /// <summary>How long after the end of the fault the last of what was acknowledged before it came to a consumer.</summary>
    public TimeSpan Converged { get; init; }

    /// <summary>The longest time from a webhook's 200 to a consumer, from the beginning of the fault.</summary>
    public TimeSpan Latest { get; init; }

    /// <summary>The longest time in which a consumer was told nothing, from the beginning of the fault.</summary>
    public TimeSpan LongestSilence { get; init; }

    /// <summary>What agents were told instead of what they asked for.</summary>
    public IReadOnlyDictionary<string, int> Errors { get; init; } = new Dictionary<string, int>();

    /// <summary>Consumers' connections that ended.</summary>
    public int Drops { get; init; }

    /// <summary>Customers' messages that were answered 200.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Agents' messages that were answered.</summary>
    public int Answered { get; init; }

    /// <summary>Webhooks that were not answered 200, and came again.</summary>
    public int Refused { get; init; }

    /// <summary>Something happened that must never.</summary>
    public bool IsBroken => Trouble is not null || Violations.Count > 0;

    /// <summary>Figures worse than what is promised, in words.</summary>
    public IReadOnlyList<string> BrokenPromises
    {
        get
        {
            List<string> broken = [];
            var promise = Fault.Promise;
            if (LongestSilence > promise.Silence) broken.Add($"a consumer heard nothing for {LongestSilence.TotalSeconds:0.0} s, promised are {promise.Silence.Value.TotalSeconds:0} s");
            if (Converged > promise.Convergence) broken.Add($"the last consumer was late by {Converged.TotalSeconds:0.0} s, promised are {promise.Convergence.Value.TotalSeconds:0} s");
            if (Latest > promise.Delay) broken.Add($"a message took {Latest.TotalSeconds:0.0} s to a consumer, promised are {promise.Delay.Value.TotalSeconds:0} s");
            if (ErrorCount > promise.Errors) broken.Add($"{ErrorCount} REST calls failed, promised are {promise.Errors}");
            // Whatever is away or full, nobody is told of a bug.
            if (Errors.TryGetValue("500", out var bugs)) broken.Add($"{bugs} REST calls were answered 500, promised are none");
            return broken;
        }
    }

    public int ErrorCount => Errors.Values.Sum();

    public int CountOf(params Breach[] breaches) => Violations.Count(violation => breaches.Contains(violation.Breach));
}
