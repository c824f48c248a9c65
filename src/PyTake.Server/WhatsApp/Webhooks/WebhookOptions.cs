using System.ComponentModel.DataAnnotations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Section <c>Webhooks</c>: how items are taken in and worked on. The defaults were measured; see infra/bench.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Largest body taken; Meta sends up to 3 MB.</summary>
    [Range(1024, 64 * 1024 * 1024)] public int MaxBodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Bytes of large bodies that may be in a node's memory at once; more of them wait for their turn, and beyond twice as much their senders
    /// are told to try again. What they are cut into takes up to four times that.
    /// </summary>
    [Range(1024 * 1024, 512 * 1024 * 1024)] public int LargeBodiesBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Largest update that takes effect; a larger one is parked, because each browser would have to take it at one go (compare
    /// <c>Backplane:BacklogBytes</c>). A text of WhatsApp's has 4,096 characters.
    /// </summary>
    [Range(64 * 1024, 64 * 1024 * 1024)] public int MaxItemBytes { get; set; } = 1024 * 1024;

    /// <summary>How many items a worker takes in one transaction.</summary>
    [Range(1, 5000)] public int BatchSize { get; set; } = 500;

    /// <summary>From how many bytes on it takes no further item, however few they are: they are all in its memory.</summary>
    [Range(1024, 1024 * 1024 * 1024)] public int BatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>How long the intake waits for company after a large commit, in milliseconds.</summary>
    [Range(0, 100)] public int IntakeBatchWindowMs { get; set; } = 2;

    /// <summary>How long a worker waits for company after a large batch, in milliseconds.</summary>
    [Range(0, 1000)] public int WorkerBatchWindowMs { get; set; } = 10;

    /// <summary>From how many items on a commit or batch counts as large.</summary>
    [Range(2, 1000)] public int LargeBatch { get; set; } = 16;

    /// <summary>
    /// How long a statement of a worker may take, in milliseconds: an item that waits for a row which somebody holds fails alone. At its second and
    /// third attempt it may take a quarter of that, as its partition waits; from its fifth on as long again each time.
    /// </summary>
    [Range(100, 60_000)] public int StatementTimeoutMs { get; set; } = 1000;

    /// <summary>How often nodes look for partitions that stand still, in milliseconds; at the second look any node takes one.</summary>
    [Range(50, 60_000)] public int StrandedAfterMs { get; set; } = 300;

    /// <summary>How often a failing item is tried before it is dead.</summary>
    [Range(1, 100)] public int MaxAttempts { get; set; } = 8;

    /// <summary>The pause after the first failure, in seconds; it doubles each time, up to an hour.</summary>
    [Range(0.01, 3600)] public double RetrySeconds { get; set; } = 1;

    /// <summary>How long a status or reaction for a message we don't know is kept, in days; Meta repeats for 7.</summary>
    [Range(1, 365)] public int UnmatchedDays { get; set; } = 7;

    /// <summary>How long anything else that is parked or dead waits for a person, in days; what has had its effect is not kept at all.</summary>
    [Range(1, 3650)] public int DeferredDays { get; set; } = 30;
}
