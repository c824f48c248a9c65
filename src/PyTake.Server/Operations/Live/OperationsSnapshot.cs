using System.Text.Json.Serialization;
using PyTake.Nodes;
using PyTake.WhatsApp.Outbound;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.Operations;

/// <summary>How the whole installation stands at one moment.</summary>
/// <param name="At">When it was taken.</param>
/// <param name="Node">The name of the node that took it.</param>
/// <param name="Nodes">The nodes alive, the oldest first: GET /api/v1/ops/nodes.</param>
/// <param name="Times">How long messages took since the snapshot before, on all nodes.</param>
/// <param name="Partitions">Partitions with work: GET /api/v1/ops/lanes. Null, like the rest, where the database did not answer in time.</param>
/// <param name="Items">How many webhook items wait or are deferred.</param>
/// <param name="Outbound">What waits to be sent: GET /api/v1/ops/outbound.</param>
public sealed record OperationsSnapshot(
    DateTime At, string Node, IReadOnlyList<NodeInfo> Nodes, MessageTimes Times,
    [property: JsonPropertyName("lanes")] IReadOnlyList<PartitionInfo>? Partitions, ItemCounts? Items, OutboundSummary? Outbound);

/// <param name="WebhookToBrowser">From an update's receipt to its effect committed and told.</param>
/// <param name="CommitToFanOut">From a commit to its changes written to the node's clients and handed to the other nodes.</param>
public sealed record MessageTimes(TimeSummary WebhookToBrowser, TimeSummary CommitToFanOut);

/// <summary>Milliseconds, right within a tenth; 0 where nothing was measured.</summary>
public sealed record TimeSummary(long Count, double P50Ms, double P99Ms);

/// <summary>Webhook items; counts end at 100,000.</summary>
/// <param name="Waiting">In the queue.</param>
/// <param name="Retry">Deferred until their next attempt.</param>
/// <param name="Parked">Deferred until a fact or a person comes.</param>
/// <param name="Dead">Dead-lettered: a person.</param>
public sealed record ItemCounts(long Waiting, long Retry, long Parked, long Dead);
