using PyTake.Faults.Consumers;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

/// <summary>A row of messages.</summary>
/// <param name="Ticks">How often its status has moved since it was made, as far as the row tells.</param>
/// <param name="WasLate">It took so long to be sent that it may have been called failed meanwhile, which the row no longer tells.</param>
internal sealed record StoredMessage(
    Guid Id, Guid Conversation, long Seq, long CreatedSeq, int? InboundNumber, string Status, string? Wamid, string? Key, string Text, int Ticks, string? ErrorCode, bool WasLate = false);

/// <summary>A row of conversations.</summary>
internal sealed record StoredConversation(Guid Id, long LastSeq, long InboxSeq, int InboundCount, int TotalMessages);

/// <summary>What the database holds of one organization, all at one moment.</summary>
/// <param name="Parked">Messages that are kept for an operator, by their wamid.</param>
/// <param name="Waiting">What is not done yet, in words: items of webhooks, messages to be sent.</param>
internal sealed record Stored(
    IReadOnlyList<StoredMessage> Messages, IReadOnlyList<StoredConversation> Conversations, long InboxSeq, IReadOnlyCollection<string> Parked,
    IReadOnlyList<string> Waiting);

/// <summary>A message that the Graph API was asked to send.</summary>
internal sealed record AskedOfMeta(string Text, bool Accepted);

/// <summary>All that is known of one organization, from all that took part.</summary>
internal sealed record Evidence(
    IReadOnlyList<CustomerMessage> FromCustomers, IReadOnlyList<AgentMessage> FromAgents, IReadOnlyList<AskedOfMeta> Asked, Stored Stored, IReadOnlyList<Shown> Shown);
