using System.ComponentModel.DataAnnotations;

namespace PyTake.Jobs;

/// <summary>Section <c>Jobs</c>: how Hangfire runs jobs.</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>How long after a node died its jobs may be fetched again, in whole seconds; the pumps' work does not wait for that.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan InvisibilityTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether this node serves Hangfire's dashboard to operators; otherwise neither its pages nor its login exist.</summary>
    public bool Dashboard { get; set; } = true;
}
