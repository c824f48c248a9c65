using System.Text.Json.Serialization;
using PyTake.Nodes;
using PyTake.WhatsApp.Outbound;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.Operations;

/// <summary>The state of the whole installation at one moment.</summary>
/// <param name="At">When it was taken.</param>
/// <param name="Node">The name of the node that took it.</param>
/// <param name="Nodes">The live nodes, oldest first: GET /api/v1/ops/nodes.</param>
/// <param name="Times">How long messages took on all nodes since the previous snapshot.</param>
/// <param name="Partitions">Partitions with items: GET /api/v1/ops/lanes. Null, like the next two, if the database did not answer in time.</param>
/// <param name="Items">How many webhook items wait or are deferred.</param>
/// <param name="Outbound">What waits to be sent: GET /api/v1/ops/outbound.</param>
public sealed record OperationsSnapshot(
    DateTime At, string Node, IReadOnlyList<NodeInfo> Nodes, MessageTimes Times,
    [property: JsonPropertyName("lanes")] IReadOnlyList<PartitionInfo>? Partitions, ItemCounts? Items, OutboundSummary? Outbound);

/// <param name="WebhookToBrowser">From the receipt of a webhook item until its effect is committed and published.</param>
/// <param name="CommitToFanOut">From a commit until its changes are written to the node's clients and published to the other nodes.</param>
public sealed record MessageTimes(TimeSummary WebhookToBrowser, TimeSummary CommitToFanOut);

/// <summary>Percentiles in milliseconds, accurate to within a tenth; 0 if nothing was measured.</summary>
public sealed record TimeSummary(long Count, double P50Ms, double P99Ms);

/// <summary>Counts of webhook items, each capped at 100,000.</summary>
/// <param name="Waiting">In the queue.</param>
/// <param name="Retry">Deferred until their next attempt.</param>
/// <param name="Parked">Deferred until something they depend on arrives, or an operator acts.</param>
/// <param name="Dead">Dead-lettered: only an operator can requeue them.</param>
public sealed record ItemCounts(long Waiting, long Retry, long Parked, long Dead);
