namespace PyTake.Bench;

/// <summary>What the command line asked for.</summary>
internal sealed record BenchOptions
{
    public const string Usage = """
        PyTake.Bench --cluster FILE --out FOLDER [--loads ABC] [--rounds 3] [--messages 1000000] [--quick]
        PyTake.Bench --check [--loads ABC] [--rounds 3] [--messages 1000000] [--quick]

        PSQL names PostgreSQL's psql where it is not on the PATH. infra/bench --help explains the rest.
        """;

    /// <summary>cluster.json of the cluster to measure.</summary>
    public required string Cluster { get; init; }

    /// <summary>The folder for the report in JSON.</summary>
    public required string Out { get; init; }

    /// <summary>Names of loads, in the order to run them.</summary>
    public required string Loads { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How many messages loads M and G store beforehand.</summary>
    public required int Messages { get; init; }

    public required bool Quick { get; init; }

    /// <summary>Only validate the options; measure nothing.</summary>
    public required bool Check { get; init; }

    /// <exception cref="ArgumentException">The text says which argument is wrong.</exception>
    public static BenchOptions Parse(string[] args)
    {
        string? cluster = null, output = null, loads = null;
        int? rounds = null, messages = null;
        var (quick, check) = (false, false);
        for (var i = 0; i < args.Length; i++)
            switch (args[i])
            {
                case "--cluster": cluster = Value(args, ref i); break;
                case "--out": output = Value(args, ref i); break;
                case "--loads": loads = LoadNames(Value(args, ref i)); break;
                case "--rounds": rounds = Number(Value(args, ref i), "--rounds", 99); break;
                case "--messages": messages = Number(Value(args, ref i), "--messages", 100_000_000); break;
                case "--quick": quick = true; break;
                case "--check": check = true; break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        return new BenchOptions
        {
            Cluster = cluster ?? (check ? "" : throw new ArgumentException("--cluster is missing")),
            Out = output ?? (check ? "" : throw new ArgumentException("--out is missing")),
            Loads = loads ?? "ABC",
            Rounds = rounds ?? (quick ? 1 : 3),
            Messages = messages ?? (quick ? 100_000 : 1_000_000),
            Quick = quick,
            Check = check,
        };
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} has no value");

    // M is compared with C, so it includes C. Loads always run in this order, so that the million messages come last.
    private static string LoadNames(string text)
    {
        var names = text.ToUpperInvariant();
        if (names.Length == 0 || names.Any(name => !"IJGABNLWSCM".Contains(name)))
            throw new ArgumentException("--loads wants letters of IJGABNLWSCM");
        if (names.Contains('I') && names.Contains('J')) throw new ArgumentException("--loads wants I or J: the second would use the memory that the first left");
        if (names.Contains('G') && names.Length > 1) throw new ArgumentException("--loads wants G in a run of its own, which begins with one node");
        return string.Concat("IJGALWBNSCM".Where(name => names.Contains(name) || (name == 'C' && names.Contains('M'))));
    }

    private static int Number(string text, string option, int most) => int.TryParse(text, out var number) && number > 0 && number <= most
        ? number
        : throw new ArgumentException($"{option} wants a number from 1 to {most}");
}
