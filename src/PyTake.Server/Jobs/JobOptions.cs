using System.ComponentModel.DataAnnotations;

namespace PyTake.Jobs;

/// <summary>Section <c>Jobs</c>: how Hangfire runs the work.</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>How long after a node's death its jobs are Hangfire's again, in whole seconds; their work does not wait for that.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan InvisibilityTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether this node serves Hangfire's dashboard to operators; without it neither the pages nor the way in exist.</summary>
    public bool Dashboard { get; set; } = true;
}
