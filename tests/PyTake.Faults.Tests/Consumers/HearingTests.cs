using System.Diagnostics;

namespace PyTake.Faults.Consumers;

public sealed class HearingTests
{
    [Fact]
    public void A_silence_lasts_from_one_change_to_the_next()
    {
        var hearing = new Hearing();
        hearing.Begin();
        var at = Stopwatch.GetTimestamp();
        foreach (var second in (long[])[1, 2, 9, 10]) hearing.Heard(at + second * Stopwatch.Frequency);

        Assert.Equal(TimeSpan.FromSeconds(7), hearing.End());
    }

    [Fact]
    public void What_arrived_before_the_measurement_began_does_not_count()
    {
        var (hearing, before) = (new Hearing(), Stopwatch.GetTimestamp());
        hearing.Begin();
        hearing.Heard(before);

        var longest = hearing.End();

        Assert.InRange(longest, TimeSpan.Zero, Stopwatch.GetElapsedTime(before));
    }
}
