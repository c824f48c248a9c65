using System.Text;

namespace PyTake.Bench;

/// <summary>Checks the benchmark's own checks before each run: a benchmark that overlooks a lost message is worse than none.</summary>
internal static class SelfCheck
{
    /// <exception cref="InvalidOperationException">The benchmark itself is wrong.</exception>
    public static void Run()
    {
        CheckLosses();
        CheckOrderOfSending();
        CheckRecords();
        CheckText();
        CheckPercentiles();
    }

    // Conversation 1 of two owns the odd numbers. 3 never arrives, 5 arrives twice, 7 before 1, and 0 belongs to the other conversation.
    private static void CheckLosses()
    {
        var reader = new Reader(Sent(8), 1);
        foreach (var (id, seq) in new[] { (5, 3L), (5, 3L), (7, 4L), (1, 1L), (0, 5L) }) reader.See(id, seq, at: 1000);
        Demand(reader.Lost() == 1, "a lost message was not counted");
        Demand(reader.Duplicated == 1, "a duplicate was not counted");
        Demand(reader.OutOfOrder == 1, "a message out of order was not counted");
        Demand(reader.Misrouted == 1, "a message in another conversation was not counted");
    }

    // The seqs are in order of arrival, but 2 was sent only after 0 had been acknowledged, so 0 must not follow it.
    private static void CheckOrderOfSending()
    {
        var reader = new Reader(Sent(4), 0);
        reader.See(2, 1, at: 1000);
        reader.See(0, 2, at: 1001);
        Demand(reader.OutOfOrder == 1, "a message that was stored out of order was not counted");
    }

    private static void CheckRecords()
    {
        var bytes = Encoding.UTF8.GetBytes("{}\u001e{\"type\":3,\"invocationId\":\"1\"}\u001e{\"type\":6}\u001e{\"type\":1,\"target\":\"message:new\"");
        ReadOnlySpan<byte> rest = bytes;
        List<HubRecord> kinds = [];
        for (; HubRecords.TryTake(rest, out var record); rest = rest[(record.Length + 1)..]) kinds.Add(HubRecords.KindOf(record));
        Demand(kinds is [HubRecord.HandshakeDone, HubRecord.Joined, HubRecord.Ping], "the hub's records were misread");
        Demand(HubRecords.KindOf(rest) == HubRecord.MessageNew, "an incomplete record was lost");
        Demand(HubRecords.KindOf("{\"type\":3,\"invocationId\":\"1\",\"error\":\"no\"}"u8) == HubRecord.Refused, "a refusal was taken for a successful join");
    }

    private static void CheckText()
    {
        var text = new MessageText("0badcafe");
        var json = Encoding.UTF8.GetBytes($$$"""{"last_seq":1,"seq":77,"content":{"text":"{{{text.Of(42)}}}"}}""");
        Demand(text.TryRead(json, out var id, out var seq) && id == 42 && seq == 77, "a message was misread");
        Demand(!new MessageText("12345678").TryRead(json, out _, out _), "another round's message was taken for this one's");
    }

    private static void CheckPercentiles()
    {
        var values = Enumerable.Range(1, 200).Select(n => (double)n).Reverse().ToArray();
        Demand(values.Percentile(50) == 100 && values.Percentile(99) == 198 && values.Percentile(100) == 200, "percentiles are wrong");
        Demand(values.Median() == 100.5, "the median is wrong");
    }

    // Message i is sent at time 10 (i + 1) and acknowledged 5 later.
    private static Ledger Sent(int count)
    {
        var ledger = new Ledger(count, conversations: 2);
        for (var id = ledger.Take(); id < count; id = ledger.Take())
        {
            ledger.Send(id, 10 * (id + 1), 10 * (id + 1));
            ledger.Acknowledge(id, 10 * (id + 1) + 5);
        }
        return ledger;
    }

    private static void Demand(bool isTrue, string fault)
    {
        if (!isTrue) throw new InvalidOperationException($"the benchmark's own check failed: {fault}");
    }
}
