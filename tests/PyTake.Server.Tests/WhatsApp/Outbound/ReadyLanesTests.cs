using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

public class ReadyLanesTests
{
    private readonly Guid _crowded = Guid.NewGuid();
    private readonly Guid _quiet = Guid.NewGuid();

    [Fact]
    public void Numbers_take_turns()
    {
        var lanes = new ReadyLanes(1000);
        for (var i = 0; i < 100; i++) lanes.Add(new(_crowded, Guid.NewGuid()));
        lanes.Add(new(_quiet, Guid.NewGuid()));
        lanes.Add(new(_quiet, Guid.NewGuid()));

        Assert.Equal([_crowded, _quiet, _crowded, _quiet, _crowded], lanes.Take(5, _ => true).Select(l => l.WhatsappNumberId));
        Assert.Equal(97, lanes.Count);
    }

    [Fact]
    public void A_number_that_may_not_send_keeps_its_place_and_holds_no_other_up()
    {
        var lanes = new ReadyLanes(1000);
        for (var i = 0; i < 3; i++) lanes.Add(new(_crowded, Guid.NewGuid()));
        lanes.Add(new(_quiet, Guid.NewGuid()));

        Assert.Equal([_quiet], lanes.Take(5, number => number == _quiet).Select(l => l.WhatsappNumberId));
        Assert.Empty(lanes.Take(5, _ => false));
        Assert.Equal(3, lanes.Take(5, _ => true).Count);
        Assert.Equal(0, lanes.Count);
    }

    [Fact]
    public void A_recipient_is_there_once_and_no_more_than_fit()
    {
        var lanes = new ReadyLanes(2);
        var lane = new RecipientLane(_quiet, Guid.NewGuid());
        lanes.Add(lane);
        lanes.Add(lane);
        Assert.Equal([lane], lanes.Take(5, _ => true));

        for (var i = 0; i < 3; i++) lanes.Add(new(_quiet, Guid.NewGuid()));
        Assert.Equal(2, lanes.Count);
        Assert.Equal([_quiet], lanes.NumbersWith(2));
        Assert.Empty(lanes.NumbersWith(3));
    }
}
