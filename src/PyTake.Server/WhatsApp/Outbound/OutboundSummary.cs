namespace PyTake.WhatsApp.Outbound;

/// <summary>What waits to be sent to WhatsApp, over all organizations.</summary>
/// <param name="Queued">To be sent, now or later.</param>
/// <param name="Sending">Asked of Meta at this moment.</param>
/// <param name="Unknown">May have arrived; waiting for a status that says so.</param>
/// <param name="OldestAgeMs">Since the oldest of them was put there.</param>
/// <param name="ByErrorClass">Those whose last attempt failed, by its class (see <see cref="GraphErrors"/>; <c>unanswered</c> where nobody knows).</param>
/// <param name="StoppedNumbers">Numbers whose messages wait for an operator.</param>
public sealed record OutboundSummary(
    long Queued, long Sending, long Unknown, long OldestAgeMs, IReadOnlyDictionary<string, long> ByErrorClass,
    IReadOnlyList<StoppedNumber> StoppedNumbers);

/// <summary>A number that sends nothing until it has been saved again.</summary>
/// <param name="Reason">As Meta said it.</param>
/// <param name="Waiting">Messages that wait for it.</param>
public sealed record StoppedNumber(Guid Id, string PhoneNumberId, string DisplayName, DateTime StoppedAt, string? Reason, long Waiting);
