using System.ComponentModel.DataAnnotations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Section <c>Webhooks</c>: how items are taken in and worked on. The defaults were measured; see infra/bench.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Largest body taken; Meta sends up to 3 MB.</summary>
    [Range(1024, 64 * 1024 * 1024)] public int MaxBodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How many items a worker takes in one transaction.</summary>
    [Range(1, 5000)] public int BatchSize { get; set; } = 500;

    /// <summary>How long the intake waits for company after a large commit, in milliseconds.</summary>
    [Range(0, 100)] public int IntakeLingerMs { get; set; } = 2;

    /// <summary>How long a worker waits for company after a large batch, in milliseconds.</summary>
    [Range(0, 1000)] public int WorkerLingerMs { get; set; } = 10;

    /// <summary>From how many items on a commit or batch counts as large.</summary>
    [Range(2, 1000)] public int LargeBatch { get; set; } = 16;

    /// <summary>How often nodes look for lanes that stand still, in milliseconds; at the second look any node takes one.</summary>
    [Range(50, 60_000)] public int StrandedAfterMs { get; set; } = 300;

    /// <summary>How often a failing item is tried before it is dead.</summary>
    [Range(1, 100)] public int MaxAttempts { get; set; } = 8;

    /// <summary>The pause after the first failure, in seconds; it doubles each time, up to an hour.</summary>
    [Range(0.01, 3600)] public double RetrySeconds { get; set; } = 1;

    /// <summary>How long a status or reaction for a message we don't know is kept, in days; Meta repeats for 7.</summary>
    [Range(1, 365)] public int UnmatchedDays { get; set; } = 7;

    /// <summary>How long anything else that is parked or dead waits for a person, in days; what has had its effect is not kept at all.</summary>
    [Range(1, 3650)] public int SetAsideDays { get; set; } = 30;
}
