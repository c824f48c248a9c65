namespace PyTake.WhatsApp.Outbound;

/// <summary>Messages that wait to be sent to WhatsApp, over all organizations.</summary>
/// <param name="Queued">Messages to be sent, now or later.</param>
/// <param name="Sending">Messages whose request to Meta is under way.</param>
/// <param name="Unknown">Messages that may have arrived and wait for a status that says so.</param>
/// <param name="OldestAgeMs">Age of the oldest of them.</param>
/// <param name="ByErrorClass">
/// Those whose last attempt failed, by its class (see <see cref="GraphErrors"/>; <c>unanswered</c> if the outcome is unknown).
/// </param>
/// <param name="StoppedNumbers">Numbers whose messages wait for an operator.</param>
public sealed record OutboundSummary(
    long Queued, long Sending, long Unknown, long OldestAgeMs, IReadOnlyDictionary<string, long> ByErrorClass,
    IReadOnlyList<StoppedNumber> StoppedNumbers);

/// <summary>A number that sends nothing until it has been saved again.</summary>
/// <param name="Reason">In Meta's words.</param>
/// <param name="Waiting">Messages that wait for it.</param>
public sealed record StoppedNumber(Guid Id, string PhoneNumberId, string DisplayName, DateTime StoppedAt, string? Reason, long Waiting);
