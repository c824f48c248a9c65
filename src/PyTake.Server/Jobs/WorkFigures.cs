namespace PyTake.Jobs;

/// <summary>The progress of all nodes' work, for the dashboard.</summary>
/// <param name="ItemsAMinute">Webhook items processed per minute; null until they have been counted for a second.</param>
/// <param name="Waiting">Items in the queue.</param>
/// <param name="Oldest">How long the oldest of them has been waiting.</param>
/// <param name="Deferred">Items that wait for their next attempt, or for the message they refer to.</param>
/// <param name="DeadLettered">Items that wait for a person.</param>
/// <param name="ToSend">Messages in the outbox.</param>
/// <param name="Partitions">All of them, in order.</param>
public sealed record WorkFigures(
    double? ItemsAMinute, long Waiting, TimeSpan Oldest, long Deferred, long DeadLettered, long ToSend, IReadOnlyList<PartitionFigures> Partitions);

/// <param name="Number">The partition's number.</param>
/// <param name="Node">The name of the node that owns it; null if none does.</param>
/// <param name="Waiting">Items in its queue.</param>
/// <param name="Oldest">How long the oldest of them has been waiting.</param>
public sealed record PartitionFigures(int Number, string? Node, long Waiting, TimeSpan Oldest);

/// <summary>Reads the figures for one page; null if the database does not answer in time.</summary>
public delegate Task<WorkFigures?> ReadWorkFigures(CancellationToken cancellationToken);
