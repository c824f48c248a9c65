using PyTake.Faults.Consumers;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

/// <summary>Compares what was sent, what the database holds, what Meta was asked to send and what consumers show. It does no I/O.</summary>
internal static class Checker
{
    /// <summary>All violations; empty once the system has settled and kept its promises.</summary>
    public static IReadOnlyList<Violation> Check(Evidence evidence) =>
    [
        .. CustomersMessages(evidence),
        .. Parked(evidence),
        .. OrderOfCustomers(evidence),
        .. AgentsMessages(evidence),
        .. evidence.Stored.Conversations.SelectMany(conversation => Numbers(conversation, evidence.Stored)),
        .. InboxNumbers(evidence.Stored),
        .. evidence.Stored.Waiting.Select(text => new Violation(Breach.Stuck, text)),
        .. evidence.Shown.SelectMany(shown => Screen(shown, evidence.Stored)),
    ];

    private static IEnumerable<Violation> CustomersMessages(Evidence evidence)
    {
        var stored = evidence.Stored.Messages.Where(m => m.Wamid is not null).ToLookup(m => m.Wamid);
        foreach (var message in evidence.FromCustomers)
            switch (stored[message.Wamid].Count())
            {
                case 0 when message.Fate == Fate.Parked: break;
                case 0 when message.IsAcknowledged: yield return new(Breach.Lost, $"{message.Wamid} was answered 200 but is not in the database"); break;
                case > 1 and var count: yield return new(Breach.Repeated, $"{message.Wamid} is in the database {count} times"); break;
            }
    }

    private static IEnumerable<Violation> Parked(Evidence evidence)
    {
        var expected = evidence.FromCustomers.Where(m => m.Fate == Fate.Parked).ToLookup(m => m.Wamid);
        foreach (var message in expected.SelectMany(m => m).Where(m => m.IsAcknowledged && !evidence.Stored.Parked.Contains(m.Wamid)))
            yield return new(Breach.Lost, $"{message.Wamid} was answered 200 but is not parked");
        foreach (var wamid in evidence.Stored.Parked.Where(wamid => !expected.Contains(wamid)))
            yield return new(Breach.Stuck, $"{wamid} is parked");
    }

    // A message must not precede one that had been acknowledged before it was sent. Messages whose POSTs overlapped may be in either order.
    private static IEnumerable<Violation> OrderOfCustomers(Evidence evidence)
    {
        var places = evidence.Stored.Messages.Where(m => m.Wamid is not null).GroupBy(m => m.Wamid).ToDictionary(m => m.Key!, m => m.First().CreatedSeq);
        foreach (var messages in evidence.FromCustomers.Where(m => m.Fate == Fate.Arrives && places.ContainsKey(m.Wamid)).GroupBy(m => m.Customer))
        {
            var newest = 0L;
            foreach (var message in messages.OrderBy(m => places[m.Wamid]))
            {
                if (message.IsAcknowledged && newest > message.AcknowledgedAt)
                    yield return new(Breach.OutOfOrder, $"{message.Wamid} is stored after a message that was sent only after it had been acknowledged");
                newest = Math.Max(newest, message.SentAt);
            }
        }
    }

    private static IEnumerable<Violation> AgentsMessages(Evidence evidence)
    {
        var stored = evidence.Stored.Messages.Where(m => m.Key is not null).ToLookup(m => m.Key);
        var accepted = evidence.Asked.Where(a => a.Accepted).ToLookup(a => a.Text);
        foreach (var message in evidence.FromAgents)
        {
            var rows = stored[message.Key].ToArray();
            if (message.Ids.Count > 1) yield return new(Breach.Repeated, $"key {message.Key} was answered with {message.Ids.Count} messages");
            if (rows.Length > 1) yield return new(Breach.Repeated, $"key {message.Key} is in the database {rows.Length} times");
            if (message.Ids.Count > 0 && (rows.Length == 0 || !message.Ids.Contains(rows[0].Id)))
                yield return new(Breach.Lost, $"the message of key {message.Key} was answered but is not in the database");
            var times = accepted[message.Text].Count();
            if (times > 1) yield return new(Breach.SentTwice, $"the customer got the message of key {message.Key} {times} times");
            foreach (var row in rows.Take(1)) if (Contradiction(row, times) is { } violation) yield return violation;
        }
    }

    // The error code "timeout" marks a message whose fate could not be known.
    private static Violation? Contradiction(StoredMessage message, int accepted) => message.Status switch
    {
        "pending" => new(Breach.Stuck, $"message {message.Id} is still pending"),
        "failed" when message.ErrorCode != "timeout" && accepted > 0 => new(Breach.SentTwice, $"message {message.Id} is marked as failed ({message.ErrorCode}), but the customer got it"),
        "sent" or "delivered" or "read" when accepted == 0 => new(Breach.Lost, $"message {message.Id} is marked as {message.Status}, but Meta never accepted it"),
        _ => null,
    };

    // A row keeps only the seqs of its first and its last change; those in between were superseded.
    private static IEnumerable<Violation> Numbers(StoredConversation conversation, Stored stored)
    {
        var messages = stored.Messages.Where(m => m.Conversation == conversation.Id).ToArray();
        var numbers = messages.SelectMany(m => m.Seq == m.CreatedSeq ? [m.Seq] : new[] { m.CreatedSeq, m.Seq }).ToArray();
        var superseded = messages.Sum(m => Math.Max(0, m.Ticks - 1) + (m.WasLate ? 1 : 0));
        var distinct = numbers.Distinct().Count();
        var inbound = messages.Where(m => m.InboundNumber is not null).Select(m => m.InboundNumber!.Value).Order().ToArray();

        if (distinct < numbers.Length) yield return Wrong($"{numbers.Length - distinct} numbers are taken twice");
        if (conversation.LastSeq - distinct > superseded) yield return Wrong($"{conversation.LastSeq - distinct} numbers are missing, and only {superseded} were superseded");
        if (numbers.Any(n => n < 1 || n > conversation.LastSeq)) yield return Wrong("a number is beyond the last");
        if (numbers.Length > 0 && numbers.Max() != conversation.LastSeq) yield return Wrong($"its last number is {conversation.LastSeq}, its messages' {numbers.Max()}");
        if (!inbound.SequenceEqual(Enumerable.Range(1, inbound.Length))) yield return Wrong("the customer's messages are not numbered 1, 2, 3, …");
        if (conversation.InboundCount != inbound.Length) yield return Wrong($"it counts {conversation.InboundCount} of the customer's messages and has {inbound.Length}");
        if (conversation.TotalMessages != messages.Length) yield return Wrong($"it counts {conversation.TotalMessages} messages and has {messages.Length}");

        Violation Wrong(string what) => new(Breach.Hole, $"conversation {conversation.Id}: {what}");
    }

    private static IEnumerable<Violation> InboxNumbers(Stored stored)
    {
        var numbers = stored.Conversations.Select(c => c.InboxSeq).ToArray();
        if (numbers.Distinct().Count() < numbers.Length) yield return new(Breach.Hole, "two conversations have the same number in the list");
        if (numbers.Length > 0 && numbers.Max() != stored.InboxSeq) yield return new(Breach.Hole, $"the list's counter is {stored.InboxSeq}, its last change {numbers.Max()}");
    }

    private static IEnumerable<Violation> Screen(Shown shown, Stored stored) =>
    [
        .. shown.Foreign.Select(text => new Violation(Breach.Foreign, $"{shown.Consumer} received {text}")),
        .. shown.Broken.Select(text => new Violation(Breach.Lost, $"{shown.Consumer}: {text}")),
        .. shown.Conversations.SelectMany(view => Conversation(shown.Consumer, view, [.. stored.Messages.Where(m => m.Conversation == view.Id)])),
        .. List(shown, stored),
    ];

    private static IEnumerable<Violation> Conversation(string consumer, ConversationView view, StoredMessage[] stored)
    {
        foreach (var oddity in view.Oddities) yield return new(Breach.OutOfOrder, $"{consumer}: {oddity}");
        foreach (var message in stored)
            if (!view.Messages.TryGetValue(message.Id, out var shown))
                yield return new(Breach.Lost, $"{consumer} does not show message {message.Id}");
            else if ((shown.Seq, shown.Status, shown.Text) != (message.Seq, message.Status, message.Text))
                yield return new(Breach.Lost, $"{consumer} shows message {message.Id} as {shown.Status} ({shown.Seq}), but it is {message.Status} ({message.Seq})");
        var ids = stored.Select(m => m.Id).ToHashSet();
        foreach (var (id, _) in view.Messages.Where(m => !ids.Contains(m.Key)))
            yield return new(Breach.Foreign, $"{consumer} shows message {id}, which is not in conversation {view.Id}");
    }

    private static IEnumerable<Violation> List(Shown shown, Stored stored)
    {
        foreach (var oddity in shown.List.Oddities) yield return new(Breach.OutOfOrder, $"{shown.Consumer}: {oddity}");
        foreach (var conversation in stored.Conversations)
            if (shown.List.Conversations.GetValueOrDefault(conversation.Id) is var seen && seen != (conversation.InboxSeq, conversation.LastSeq))
                yield return new(Breach.Lost,
                    $"{shown.Consumer} lists conversation {conversation.Id} as of {seen.InboxSeq} ({seen.LastSeq}), but it is at {conversation.InboxSeq} ({conversation.LastSeq})");
        var ids = stored.Conversations.Select(c => c.Id).ToHashSet();
        foreach (var (id, _) in shown.List.Conversations.Where(c => !ids.Contains(c.Key)))
            yield return new(Breach.Foreign, $"{shown.Consumer} lists conversation {id}, which is not its organization's");
    }
}
