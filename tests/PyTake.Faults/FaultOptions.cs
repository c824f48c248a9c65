using System.Globalization;

namespace PyTake.Faults;

/// <summary>What the command line asked for.</summary>
internal sealed record FaultOptions
{
    public const string Usage = """
        PyTake.Faults --cluster FILE --out FOLDER [--only NAME,NAME] [--quick] [--random MINUTES] [--seed N] [--soak MINUTES] [--list]
        PyTake.Faults --peer FILE --out FOLDER [--only NAME,NAME]
        PyTake.Faults --check [any of them]

        GRAPH_TOKEN is the access token that the simulator accepts; PSQL names PostgreSQL's psql where it is not on the PATH.
        infra/faults --help explains the rest.
        """;

    /// <summary>cluster.json of the cluster to break.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The folder for the table and all figures.</summary>
    public string Out { get; init; } = "";

    /// <summary>Names of faults; all if empty.</summary>
    public string[] Only { get; init; } = [];

    /// <summary>The short selection of infra/test: only the invariants decide, not the figures.</summary>
    public bool Quick { get; init; }

    /// <summary>How long to go on with random faults after the others; zero for none.</summary>
    public TimeSpan Random { get; init; }

    /// <summary>How long to run a soak (load without faults) instead; zero for none.</summary>
    public TimeSpan Soak { get; init; }

    public int Seed { get; init; } = Environment.TickCount;

    public bool List { get; init; }

    /// <summary>Only validate the options; run nothing.</summary>
    public bool Check { get; init; }

    /// <summary>The description of another system to compare with (<see cref="Peers.Peer"/>).</summary>
    public string Peer { get; init; } = "";

    /// <exception cref="ArgumentException">The text says which argument is wrong.</exception>
    public static FaultOptions Parse(string[] args)
    {
        var options = new FaultOptions();
        for (var i = 0; i < args.Length; i++)
            options = args[i] switch
            {
                "--cluster" => options with { Cluster = Value(args, ref i) },
                "--out" => options with { Out = Value(args, ref i) },
                "--only" => options with { Only = Value(args, ref i).Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--quick" => options with { Quick = true },
                "--random" => options with { Random = Minutes(args, ref i) },
                "--soak" => options with { Soak = Minutes(args, ref i) },
                "--seed" => options with { Seed = Number(args, ref i) },
                "--list" => options with { List = true },
                "--check" => options with { Check = true },
                "--peer" => options with { Peer = Value(args, ref i) },
                _ => throw new ArgumentException($"unknown option {args[i]}"),
            };
        if (options.List || options.Check) return options;
        if (options.Cluster == "" && options.Peer == "") throw new ArgumentException("--cluster is missing");
        if (options.Out == "") throw new ArgumentException("--out is missing");
        return options;
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} has no value");

    private static int Number(string[] args, ref int i) =>
        int.TryParse(Value(args, ref i), CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"{args[i - 1]} wants a number");

    private static TimeSpan Minutes(string[] args, ref int i) =>
        double.TryParse(Value(args, ref i), CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= 1440
            ? TimeSpan.FromMinutes(minutes)
            : throw new ArgumentException($"{args[i - 1]} wants a number of minutes");
}
