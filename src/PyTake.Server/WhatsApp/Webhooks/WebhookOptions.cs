using System.ComponentModel.DataAnnotations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Section <c>Webhooks</c>: how webhooks are received and processed. The defaults were measured; see infra/bench.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Largest body accepted; Meta sends up to 3 MB.</summary>
    [Range(1024, 64 * 1024 * 1024)] public int MaxBodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Bytes of large bodies that a node may hold in memory at once. Further ones wait, and once twice as many bytes are waiting, requests are
    /// answered with 503. The items that the bodies are split into take up to four times that.
    /// </summary>
    [Range(1024 * 1024, 512 * 1024 * 1024)] public int LargeBodiesBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Bytes of other bodies whose signature is not known yet that a node may hold in memory at once. Further ones are answered with 503, unless one that comes
    /// slowly can be given up for them.
    /// </summary>
    [Range(64 * 1024, 512 * 1024 * 1024)] public int UnverifiedBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Bytes that may be stored at once of what an organization's own app secret has signed, waiting, parked or dead; each node counts by itself. Further
    /// webhooks of it are answered with 503. What the installation's secret signs is Meta's, and not counted.
    /// </summary>
    [Range(1024 * 1024, 1024 * 1024 * 1024)] public int VouchedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How many items a worker takes in one transaction.</summary>
    [Range(1, 5000)] public int BatchSize { get; set; } = 500;

    /// <summary>A batch that has reached this many bytes takes no further item, however few it has, because all are in memory.</summary>
    [Range(1024, 1024 * 1024 * 1024)] public int BatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// How long the worker may take to apply what has just arrived, in milliseconds; then it is stored instead, so that no slow row delays an
    /// answer. 0 stores everything first.
    /// </summary>
    [Range(0, 60_000)] public int DirectMs { get; set; } = 50;

    /// <summary>How long the intake waits for more webhooks after a large commit, in milliseconds.</summary>
    [Range(0, 100)] public int IntakeBatchWindowMs { get; set; } = 2;

    /// <summary>How long a worker waits for more items after a large batch, in milliseconds.</summary>
    [Range(0, 1000)] public int WorkerBatchWindowMs { get; set; } = 10;

    /// <summary>
    /// A commit or batch with at least this many items counts as large. While batches are, what arrives is stored first, and the next one waits for
    /// the batch window.
    /// </summary>
    [Range(2, 1000)] public int LargeBatch { get; set; } = 16;

    /// <summary>
    /// Timeout of a worker's statements, in milliseconds, so that only the item that waits for a locked row fails. An item's second and third
    /// attempt get a quarter of that, because its partition waits meanwhile; from the fifth on the timeout grows by this much with each attempt.
    /// </summary>
    [Range(100, 60_000)] public int StatementTimeoutMs { get; set; } = 1000;

    /// <summary>
    /// Interval of the sweep for stranded partitions, in milliseconds; any node takes one that it finds in two sweeps in a row.
    /// </summary>
    [Range(50, 60_000)] public int StrandedAfterMs { get; set; } = 300;

    /// <summary>How often a failing item is tried before it is dead-lettered.</summary>
    [Range(1, 100)] public int MaxAttempts { get; set; } = 8;

    /// <summary>The pause after the first failure, in seconds; it doubles each time, up to an hour.</summary>
    [Range(0.01, 3600)] public double RetrySeconds { get; set; } = 1;

    /// <summary>How long a status or reaction for an unknown message is kept, in days; Meta retries for 7.</summary>
    [Range(1, 365)] public int UnmatchedDays { get; set; } = 7;

    /// <summary>How long other parked or dead-lettered items are kept for an operator, in days; processed items are not kept at all.</summary>
    [Range(1, 3650)] public int DeferredDays { get; set; } = 30;
}
