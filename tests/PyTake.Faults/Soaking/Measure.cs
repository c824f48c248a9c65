namespace PyTake.Faults.Soaking;

/// <summary>Something that must not grow, with its tolerance: a share of the earlier value plus a constant.</summary>
internal sealed record Measure(string Name, string Unit, double Share, double Amount)
{
    public static Measure Memory(string part) => new($"{part}: memory", "MB", 0.15, 30);

    public static Measure Files(string part) => new($"{part}: open files", "", 0.05, 10);

    public static Measure Connections(string part) => new($"{part}: connections", "", 0.05, 5);

    public static Measure Keys { get; } = new("Redis: keys", "", 0.05, 20);

    /// <summary>Autovacuum runs once a minute, and processes a table like the queue's from 20,000 dead rows on.</summary>
    public static Measure DeadRows { get; } = new("PostgreSQL: dead rows", "", 0.25, 40_000);
}

/// <summary>
/// A measure over the soak: its tenth percentile in the second quarter, when everything is warm, and in the last. Pools and heaps grow and shrink all
/// the time; a leak raises the level that they shrink to.
/// </summary>
internal sealed record Growth(Measure Measure, double Before, double After)
{
    public double Allowed => Before * (1 + Measure.Share) + Measure.Amount;

    public bool IsTooMuch => After > Allowed;

    /// <param name="samples">Evenly spaced over the whole soak.</param>
    public static Growth Of(Measure measure, IReadOnlyList<double> samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples.Count, 4);
        var quarter = samples.Count / 4;
        return new Growth(measure, Floor(samples.Skip(quarter).Take(quarter)), Floor(samples.Skip(samples.Count - quarter)));
    }

    private static double Floor(IEnumerable<double> samples)
    {
        double[] ascending = [.. samples.Order()];
        return ascending[ascending.Length / 10];
    }
}
