namespace PyTake.Jobs;

/// <summary>How the work of all nodes stands, for the dashboard.</summary>
/// <param name="ItemsAMinute">Webhook items that had their effect; null until they were counted for a second.</param>
/// <param name="Waiting">Items in the queue.</param>
/// <param name="Oldest">Since the oldest of them came.</param>
/// <param name="Deferred">Items that wait for their next attempt, or for what they are about.</param>
/// <param name="DeadLettered">Items that wait for a person.</param>
/// <param name="ToSend">Messages in the outbox.</param>
/// <param name="Partitions">All of them, in order.</param>
public sealed record WorkFigures(
    double? ItemsAMinute, long Waiting, TimeSpan Oldest, long Deferred, long DeadLettered, long ToSend, IReadOnlyList<PartitionFigures> Partitions);

/// <param name="Number">Of the partition.</param>
/// <param name="Node">The name of the node that works on it; null where none does.</param>
/// <param name="Waiting">Items in its queue.</param>
/// <param name="Oldest">Since the oldest of them came.</param>
public sealed record PartitionFigures(int Number, string? Node, long Waiting, TimeSpan Oldest);

/// <summary>Reads the figures for one page; null where the database does not tell them in time.</summary>
public delegate Task<WorkFigures?> ReadWorkFigures(CancellationToken cancellationToken);
