namespace PyTake.Operations;

/// <summary>
/// A lock-free histogram of durations with eight steps per doubling, from a tenth of a millisecond to more than a minute, so that
/// percentiles are accurate to within a tenth.
/// </summary>
internal sealed class Durations
{
    private const double Shortest = 0.0001;
    private const int StepsPerDoubling = 8;
    private const int Steps = 20 * StepsPerDoubling;

    private readonly long[] _counts = new long[Steps + 1];

    public void Add(double seconds) => Interlocked.Increment(ref _counts[StepOf(seconds)]);

    /// <summary>Adds the counts of another histogram.</summary>
    /// <param name="counts">By step; unknown steps are ignored.</param>
    public void Add(IReadOnlyDictionary<int, long> counts)
    {
        foreach (var (step, count) in counts)
            if (step is >= 0 and <= Steps)
                Interlocked.Add(ref _counts[step], count);
    }

    /// <summary>Returns the counts by step, and resets them.</summary>
    public Dictionary<int, long> Take()
    {
        var counts = new Dictionary<int, long>();
        for (var step = 0; step <= Steps; step++)
            if (Interlocked.Exchange(ref _counts[step], 0) is > 0 and var count)
                counts[step] = count;
        return counts;
    }

    /// <summary>A percentile in milliseconds; 0 if nothing was counted.</summary>
    /// <param name="counts">As <see cref="Take"/> returns them.</param>
    /// <param name="part">The percentile as a fraction, such as 0.99.</param>
    public static double Percentile(IReadOnlyDictionary<int, long> counts, double part)
    {
        var wanted = part * counts.Values.Sum();
        var seen = 0L;
        foreach (var (step, count) in counts.OrderBy(c => c.Key))
            if ((seen += count) >= wanted)
                return Math.Round(1000 * Shortest * Math.Pow(2, (step + 0.5) / StepsPerDoubling), 2);
        return 0;
    }

    private static int StepOf(double seconds)
        => seconds <= Shortest ? 0 : Math.Min(Steps, (int)(Math.Log2(seconds / Shortest) * StepsPerDoubling));
}
