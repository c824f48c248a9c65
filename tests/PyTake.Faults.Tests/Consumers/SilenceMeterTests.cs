using System.Diagnostics;

namespace PyTake.Faults.Consumers;

public sealed class SilenceMeterTests
{
    [Fact]
    public void A_silence_lasts_from_one_change_to_the_next()
    {
        var meter = new SilenceMeter();
        meter.Begin();
        var at = Stopwatch.GetTimestamp();
        foreach (var second in (long[])[1, 2, 9, 10]) meter.Record(at + second * Stopwatch.Frequency);

        Assert.Equal(TimeSpan.FromSeconds(7), meter.End());
    }

    [Fact]
    public void What_arrived_before_the_measurement_began_does_not_count()
    {
        var (meter, before) = (new SilenceMeter(), Stopwatch.GetTimestamp());
        meter.Begin();
        meter.Record(before);

        var longest = meter.End();

        Assert.InRange(longest, TimeSpan.Zero, Stopwatch.GetElapsedTime(before));
    }
}
