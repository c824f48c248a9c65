namespace PyTake.Faults.Consumers;

/// <summary>The consumers' own arithmetic: one that hid a loss would make the whole harness worthless.</summary>
public sealed class StreamTests
{
    private readonly Stream _stream = new();

    [Fact]
    public void Events_are_handed_out_in_order_once()
    {
        Assert.Equal([1], Seqs(_stream.Receive(Event(1))));
        Assert.Empty(_stream.Receive(Event(1)));
        Assert.Empty(_stream.Receive(Event(3)));
        Assert.True(_stream.IsBehind);
        Assert.Equal([2, 3], Seqs(_stream.Receive(Event(2))));
        Assert.False(_stream.IsBehind);
    }

    [Fact]
    public void A_page_jumps_over_what_was_superseded_and_live_events_wait_for_it()
    {
        _stream.Hold();
        Assert.Empty(_stream.Receive(Event(7)));
        Assert.Equal([2, 6], Seqs(_stream.Fill([Event(2), Event(6)])));
        Assert.Equal([7], Seqs(_stream.Release()));
    }

    [Fact]
    public void Somebody_who_knows_of_more_makes_it_behind()
    {
        _stream.Learn(5);
        Assert.True(_stream.IsBehind);
        _stream.Fill([Event(5)]);
        Assert.False(_stream.IsBehind);
    }

    [Fact]
    public void An_event_may_stand_for_several_numbers()
    {
        Assert.Equal([4], Seqs(_stream.Receive(new Entry(4, 0, "conversation:updated", default))));
        Assert.Empty(_stream.Receive(new Entry(9, 6, "conversation:updated", default)));
        Assert.Equal([6, 9], Seqs(_stream.Receive(new Entry(6, 4, "conversation:updated", default))));
    }

    private static Entry Event(long seq) => new(seq, seq - 1, "message:new", default);

    private static IEnumerable<long> Seqs(IEnumerable<Entry> entries) => entries.Select(entry => entry.Seq);
}
