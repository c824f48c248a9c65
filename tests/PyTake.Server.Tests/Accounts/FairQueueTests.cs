namespace PyTake.Accounts;

public sealed class FairQueueTests
{
    [Fact]
    public async Task As_many_work_as_may_and_the_next_begins_when_one_is_done()
    {
        var queue = new FairQueue(atATime: 2, lanes: 1, places: 10);
        var (first, second, third) = (queue.Enter(0, "a")!, queue.Enter(0, "a")!, queue.Enter(0, "a")!);

        Assert.True(await first.Turn && await second.Turn);
        Assert.False(third.Turn.IsCompleted);
        second.Dispose();
        second.Dispose();

        Assert.True(await third.Turn);
        Assert.False(queue.Enter(0, "a")!.Turn.IsCompleted);
    }

    [Fact]
    public async Task Keys_take_turns_however_many_places_one_has()
    {
        var queue = new FairQueue(1, 1, 10);
        var working = queue.Enter(0, "crowd")!;
        var crowd = Enumerable.Range(0, 5).Select(_ => queue.Enter(0, "crowd")!).ToArray();
        var (single, other) = (queue.Enter(0, "single")!, queue.Enter(0, "other")!);

        Assert.Equal([crowd[0], single, other, crowd[1], crowd[2]], await Served(working, 5, [.. crowd, single, other]));
    }

    [Fact]
    public async Task Lanes_take_turns_however_long_one_is()
    {
        var queue = new FairQueue(1, 3, 10);
        var working = queue.Enter(1, "a")!;
        var crowd = Enumerable.Range(0, 5).Select(i => queue.Enter(1, $"{i}")!).ToArray();
        var (known, member) = (queue.Enter(0, "a")!, queue.Enter(2, "a")!);

        var served = await Served(working, 4, [.. crowd, known, member]);

        Assert.Subset(new HashSet<FairQueue.Place>(served), new HashSet<FairQueue.Place> { known, member });
        Assert.Equal(2, served.Count(crowd.Contains));
    }

    [Fact]
    public async Task Nobody_fills_a_lane_for_others()
    {
        var queue = new FairQueue(1, 2, 4);
        queue.Enter(0, "crowd");
        var crowd = Enumerable.Range(0, 4).Select(_ => queue.Enter(0, "crowd")!).ToArray();

        Assert.Null(queue.Enter(0, "crowd"));
        Assert.NotNull(queue.Enter(0, "single"));
        Assert.False(await crowd[3].Turn);
        Assert.NotNull(queue.Enter(0, "other"));
        Assert.False(await crowd[2].Turn);
        // Now two of the crowd and one each of two others: nobody has more than a newcomer would.
        Assert.Null(queue.Enter(0, "single"));
        Assert.False(crowd[0].Turn.IsCompleted || crowd[1].Turn.IsCompleted);
        Assert.NotNull(queue.Enter(1, "crowd"));
    }

    [Fact]
    public async Task One_that_leaves_early_frees_its_place_and_takes_no_turn()
    {
        var queue = new FairQueue(1, 1, 1);
        var working = queue.Enter(0, "a")!;
        var impatient = queue.Enter(0, "b")!;
        Assert.Null(queue.Enter(0, "c"));
        impatient.Dispose();

        var next = queue.Enter(0, "c")!;
        working.Dispose();

        Assert.True(await next.Turn);
        Assert.False(impatient.Turn.IsCompleted);
    }

    // Ends the work of each in turn.
    private static async Task<List<FairQueue.Place>> Served(FairQueue.Place working, int count, FairQueue.Place[] waiting)
    {
        List<FairQueue.Place> served = [];
        while (served.Count < count)
        {
            working.Dispose();
            working = Assert.Single(waiting, place => place.Turn.IsCompleted && !served.Contains(place));
            Assert.True(await working.Turn);
            served.Add(working);
        }
        return served;
    }
}
