using System.Text.Encodings.Web;
using System.Text.Json;

namespace PyTake.Bench;

/// <summary>All rounds, with the machine, the options and the verdict.</summary>
internal sealed record Report(
    ClusterFile Cluster, BenchOptions Options, Pace Pace, IReadOnlyList<Round> Rounds, IReadOnlyList<StormFigures> Storms, IdleFigures? Idle, IReadOnlyList<GrowthCase> Growth)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public DateTime At { get; } = DateTime.UtcNow;
    public Machine Machine { get; } = Machine.Read();
    public bool IsFaulty => AllRounds.Any(round => round.IsFaulty) || Storms.Any(storm => storm.IsFaulty);
    public IEnumerable<Round> AllRounds => Growth.SelectMany(growth => growth.Rounds).Concat(Rounds);

    /// <summary>The rounds of each load that was run, in its order.</summary>
    public IEnumerable<(Load Load, Round[] Rounds)> ByLoad() =>
        Rounds.GroupBy(round => round.Load).Select(rounds => (Load.Named(rounds.Key), rounds.ToArray()));

    /// <summary>Writes everything but the cluster's secrets.</summary>
    /// <returns>The path of the file.</returns>
    public string Save()
    {
        Directory.CreateDirectory(Options.Out);
        var file = Path.Combine(Options.Out, $"{At:yyyyMMdd-HHmmss}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(
            new
            {
                At,
                Machine,
                Nodes = Cluster.Nodes.Length,
                Options.Quick,
                WarmUpSeconds = Pace.WarmUp.TotalSeconds,
                MeasuredSeconds = Pace.Measured.TotalSeconds,
                Options.Messages,
                IsFaulty,
                Rounds,
                Storms,
                Idle,
                Growth,
            }, Json));
        return file;
    }
}
