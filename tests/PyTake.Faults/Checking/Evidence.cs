using PyTake.Faults.Consumers;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

/// <summary>A row of the table messages.</summary>
/// <param name="Ticks">How often its status has changed since it was created, and whether its price was told, as far as the row shows.</param>
/// <param name="WasLate">Sending took so long that the message may have been marked as failed meanwhile, which the row no longer shows.</param>
internal sealed record StoredMessage(
    Guid Id, Guid Conversation, long Seq, long CreatedSeq, int? InboundNumber, string Status, string? Wamid, string? Key, string Text, int Ticks, string? ErrorCode, bool WasLate = false);

/// <summary>A row of the table conversations.</summary>
internal sealed record StoredConversation(Guid Id, long LastSeq, long InboxSeq, int InboundCount, int TotalMessages);

/// <summary>What the database holds of one organization, in one consistent snapshot.</summary>
/// <param name="Parked">The wamids of messages that are kept for an operator.</param>
/// <param name="Waiting">Descriptions of unfinished work: webhook items, messages to be sent.</param>
internal sealed record Stored(
    IReadOnlyList<StoredMessage> Messages, IReadOnlyList<StoredConversation> Conversations, long InboxSeq, IReadOnlyCollection<string> Parked,
    IReadOnlyList<string> Waiting);

/// <summary>A message that the Graph API was asked to send.</summary>
internal sealed record AskedOfMeta(string Text, bool Accepted);

/// <summary>Everything that is known of one organization, from all parts.</summary>
internal sealed record Evidence(
    IReadOnlyList<CustomerMessage> FromCustomers, IReadOnlyList<AgentMessage> FromAgents, IReadOnlyList<AskedOfMeta> Asked, Stored Stored, IReadOnlyList<Shown> Shown);
