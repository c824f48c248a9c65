using PyTake.Faults.Checking;
using PyTake.Faults.Inflicted;

namespace PyTake.Faults;

/// <summary>The result of one trial.</summary>
internal sealed record TrialResult
{
    public required Fault Fault { get; init; }

    /// <summary>Why it was not run.</summary>
    public string? Skipped { get; init; }

    /// <summary>What went wrong with the trial itself, or did not finish.</summary>
    public string? Trouble { get; init; }

    public IReadOnlyList<Violation> Violations { get; init; } = [];

    /// <summary>How long after the end of the fault the last message acknowledged before that moment reached a consumer.</summary>
    public TimeSpan Converged { get; init; }

    /// <summary>The longest time from a webhook's 200 to a consumer, from the beginning of the fault.</summary>
    public TimeSpan Latest { get; init; }

    /// <summary>The longest time in which a consumer received no change, from the beginning of the fault.</summary>
    public TimeSpan LongestSilence { get; init; }

    /// <summary>The errors that agents got, with how often each occurred.</summary>
    public IReadOnlyDictionary<string, int> Errors { get; init; } = new Dictionary<string, int>();

    /// <summary>Consumers' connections that ended.</summary>
    public int Drops { get; init; }

    /// <summary>Customers' messages that were answered 200.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Agents' messages that were answered.</summary>
    public int Answered { get; init; }

    /// <summary>Attempts to post a webhook that were not answered 200 and were repeated.</summary>
    public int Refused { get; init; }

    /// <summary>Whether an invariant was broken or the trial failed.</summary>
    public bool IsBroken => Trouble is not null || Violations.Count > 0;

    /// <summary>Descriptions of the figures that are worse than promised.</summary>
    public IReadOnlyList<string> BrokenPromises
    {
        get
        {
            List<string> broken = [];
            var promise = Fault.Promise;
            if (LongestSilence > promise.Silence) broken.Add($"a consumer received nothing for {LongestSilence.TotalSeconds:0.0} s; promised: {promise.Silence.Value.TotalSeconds:0} s");
            if (Converged > promise.Convergence) broken.Add($"the last consumer converged after {Converged.TotalSeconds:0.0} s; promised: {promise.Convergence.Value.TotalSeconds:0} s");
            if (Latest > promise.Delay) broken.Add($"a message took {Latest.TotalSeconds:0.0} s to reach a consumer; promised: {promise.Delay.Value.TotalSeconds:0} s");
            if (ErrorCount > promise.Errors) broken.Add($"{ErrorCount} REST calls failed; promised: {promise.Errors}");
            // Whatever is down or full, no call may be answered as if by a bug.
            if (Errors.TryGetValue("500", out var bugs)) broken.Add($"{bugs} REST calls were answered 500; promised: none");
            return broken;
        }
    }

    public int ErrorCount => Errors.Values.Sum();

    public int CountOf(params Breach[] breaches) => Violations.Count(violation => breaches.Contains(violation.Breach));
}
