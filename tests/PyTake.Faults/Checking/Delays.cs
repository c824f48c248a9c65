using System.Diagnostics;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

/// <summary>How long customers' messages took to reach the consumers that have their conversation open.</summary>
internal static class Delays
{
    /// <summary>How long after the end of a fault the last message acknowledged before that moment reached a consumer.</summary>
    /// <param name="healed">The end of the fault, as a Stopwatch timestamp.</param>
    public static TimeSpan Convergence(Evidence evidence, long healed) => Longest(
        Arrivals(evidence).Where(a => a.Message.AcknowledgedAt <= healed && a.SeenAt > healed).Select(a => Stopwatch.GetElapsedTime(healed, a.SeenAt)));

    /// <summary>The longest time from a 200 to a consumer, for messages acknowledged since then; those that the fault itself holds back do not count.</summary>
    public static TimeSpan Latest(Evidence evidence, long since) => Longest(
        Arrivals(evidence).Where(a => a.Message.Fate == Fate.Arrives && a.Message.AcknowledgedAt > since)
            .Select(a => Stopwatch.GetElapsedTime(a.Message.AcknowledgedAt, a.SeenAt)));

    private static IEnumerable<(CustomerMessage Message, long SeenAt)> Arrivals(Evidence evidence)
    {
        var acknowledged = evidence.FromCustomers.Where(m => m.IsAcknowledged).ToDictionary(m => m.Wamid);
        var messages = evidence.Stored.Messages.Where(m => m.Wamid is not null && acknowledged.ContainsKey(m.Wamid)).ToDictionary(m => m.Id, m => acknowledged[m.Wamid!]);
        return evidence.Shown.SelectMany(s => s.Conversations).SelectMany(view => view.Messages).Where(m => messages.ContainsKey(m.Key))
            .Select(m => (messages[m.Key], m.Value.FirstSeenAt));
    }

    private static TimeSpan Longest(IEnumerable<TimeSpan> times) => times.Append(TimeSpan.Zero).Max();
}
