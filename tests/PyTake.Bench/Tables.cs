using System.Globalization;

namespace PyTake.Bench;

/// <summary>Renders a report in Markdown: medians over the rounds, and the sum of the faults.</summary>
internal static class Tables
{
    public static string Render(Report report)
    {
        List<string> lines = [Where(report), ""];
        var deliveries = report.ByLoad().Where(of => of.Load.HasBrowsers).ToArray();
        var ingests = report.ByLoad().Where(of => !of.Load.HasBrowsers).ToArray();
        if (deliveries.Length > 0) lines.AddRange([.. DeliveryTable(deliveries), ""]);
        if (deliveries.Where(of => of.Load.IsDisturbed).ToArray() is { Length: > 0 } disturbed) lines.AddRange([.. TurnsTable(disturbed, report.Pace.Turn), ""]);
        if (ingests.Length > 0) lines.AddRange([.. IngestTable(ingests, report.Options.Messages), ""]);
        if (report.Idle is { } idle) lines.AddRange([Line(idle), ""]);
        if (report.Storms.Count > 0) lines.AddRange([.. StormTable(report.Storms), ""]);
        if (report.Growth.Count > 0) lines.AddRange([.. GrowthTable(report.Growth), ""]);
        lines.AddRange(Remarks(report));
        return string.Join('\n', lines);
    }

    /// <summary>One round in one line, as progress for the person who is waiting.</summary>
    public static string Line(Round round)
    {
        var faults = round.Storage.Faults + (round.Deliveries?.Faults ?? new Faults(0, 0, 0, 0));
        var deliveries = round.Deliveries is { } to
            ? $"to browsers {Pair(to.P50Ms, to.P99Ms)} ms, {Number(to.PerSecond)}/s, {Number(to.PerNodeCpuSecond)} per node CPU-s, "
            : "";
        return Invariant($"{round.Load}{round.Number}{Mark([round])}: acknowledged {Number(round.Webhooks.AcknowledgedPerSecond)}/s in ")
            + $"{Pair(round.Webhooks.P50Ms, round.Webhooks.P99Ms)} ms, {deliveries}stored {Number(round.Storage.PerSecond)}/s, disk {Disk([round])} ms, "
            + Invariant($"others {round.Cpu.OthersShare:P0}, lost {faults.Lost}, twice {faults.Duplicated}, out of order {faults.OutOfOrder}")
            + (round.Pairs.Count > 0 ? $", without the others {Medians(round.Pairs.Select(p => p.Without.Delivered))} ms, beside them {Medians(round.Pairs.Select(p => p.Beside.Delivered))} ms" : "")
            + (round.Webhooks.Refused > 0 ? $", refused {round.Webhooks.Refused} ({round.Webhooks.FirstRefusal})" : "")
            + (round.Deliveries is { Disconnected: > 0 and var gone } ? $", disconnected {gone}" : "")
            + (faults.Misrouted > 0 ? $", in the wrong conversation {faults.Misrouted}" : "");
    }

    private static string Line(IdleFigures idle)
        => Invariant($"{idle.Load}: {Number(idle.Browsers)} idle browsers {(idle.Load == 'J' ? "of Socket.IO" : "of SignalR")}, each with a conversation open: {Small(idle.NodeBytes / 1024)} KB of its node's memory and ")
            + Invariant($"{Small(idle.NginxBytes / 1024)} KB of nginx's for each; {idle.Nodes:0.00} CPU of the nodes and {idle.Nginx:0.00} of nginx for all.");

    private static string Where(Report report) => Invariant(
        $"{Count(report.Cluster.Nodes.Length, "node")}, nginx, PostgreSQL, Redis and the load generator on one machine ({report.Machine}), ")
        + Invariant($"{report.At:yyyy-MM-dd}. Medians of {Count(report.Options.Rounds, "round")} ")
        + Invariant($"of {report.Pace.Measured.TotalSeconds} s after {report.Pace.WarmUp.TotalSeconds} s of warm-up.");

    private static IEnumerable<string> DeliveryTable(IEnumerable<(Load Load, Round[] Rounds)> loads) =>
    [
        "| Load | Webhook to browser, p50 / p99 ms | Acknowledged, p50 / p99 ms | Deliveries/s | Other events/s | Deliveries per node CPU-s | Nodes' memory, MB | Lost | Twice | Out of order | Disk's synced write, p50 / p99 ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        .. loads.Select(of => Row(
            $"{of.Load.Name}: {of.Load.Title}{Mark(of.Rounds)}",
            Pair(Median(of.Rounds, r => r.Deliveries!.P50Ms), Median(of.Rounds, r => r.Deliveries!.P99Ms)),
            Pair(Median(of.Rounds, r => r.Webhooks.P50Ms), Median(of.Rounds, r => r.Webhooks.P99Ms)),
            Number(Median(of.Rounds, r => r.Deliveries!.PerSecond)),
            Number(Median(of.Rounds, r => r.Deliveries!.OtherEventsPerSecond)),
            Number(Median(of.Rounds, r => r.Deliveries!.PerNodeCpuSecond)),
            Number(Median(of.Rounds, r => r.NodeBytes / 1e6)),
            FaultCells(of.Rounds.Select(r => r.Storage.Faults + r.Deliveries!.Faults)),
            Disk(of.Rounds))),
    ];

    private static IEnumerable<string> TurnsTable((Load Load, Round[] Rounds)[] loads, TimeSpan turn) =>
    [
        $"| Medians of {loads.Max(of => of.Rounds.Sum(r => r.Pairs.Count))} pairs of turns of {turn.TotalSeconds} s | Webhook to browser without them, p50 / p99 ms | Beside them | Ratio in a pair | Acknowledged without them, p50 / p99 ms | Beside them | Ratio in a pair |",
        "|---|---|---|---|---|---|---|",
        .. loads.Select(of => Row([$"{of.Load.Name}: {of.Load.Title}{Mark(of.Rounds)}",
            .. WithoutAndBeside(of.Rounds, f => f.Delivered), .. WithoutAndBeside(of.Rounds, f => f.Acknowledged)])),
    ];

    // Other load on the machine changes from minute to minute, but the two turns of a pair share it: hence ratios within a pair.
    private static string[] WithoutAndBeside(Round[] rounds, Func<LatencyFigures, Latency> latency)
    {
        var pairs = rounds.SelectMany(r => r.Pairs).Select(p => (Without: latency(p.Without), Beside: latency(p.Beside))).ToArray();
        string Ratio(Func<Latency, double> figure) => Invariant($"× {pairs.Select(p => figure(p.Beside) / figure(p.Without)).Median():0.00}");
        return [Medians(pairs.Select(p => p.Without)), Medians(pairs.Select(p => p.Beside)), $"{Ratio(l => l.P50Ms)} / {Ratio(l => l.P99Ms)}"];
    }

    private static IEnumerable<string> StormTable(IReadOnlyList<StormFigures> storms) =>
    [
        "| Storm | All connected and joined, s | All caught up, s | Longest answer of /health, ms | Not healthy | Attempts that failed | Not caught up | Wrong |",
        "|---|---|---|---|---|---|---|---|",
        .. storms.Select(storm => Row(
            $"S{storm.Number}: {Number(storm.Browsers)} browsers come back at once",
            Small(storm.JoinedSeconds), Small(storm.CaughtUpSeconds), Number(storm.LongestHealthMs), Number(storm.Unhealthy),
            storm.Failures == 0 ? "–" : $"{Number(storm.Failures)} ({storm.LastFailure})", Number(storm.Missing), Number(storm.Wrong))),
    ];

    private static IEnumerable<string> GrowthTable(IReadOnlyList<GrowthCase> cases)
    {
        yield return "| G: load A | Webhooks/s | Deliveries/s | Webhook to browser, p50 / p99 ms | Nodes' CPU for a delivery, µs | CPU of everything for a delivery, µs | Nodes' CPU for a webhook, ms | CPU of everything for a webhook, ms |";
        yield return "|---|---|---|---|---|---|---|---|";
        foreach (var growth in cases)
        {
            var rounds = growth.Rounds.ToArray();
            var basis = cases.Single(other => other.Title == growth.Base);
            string Cell(Func<Round, double> cost)
                => Invariant($"{Median(rounds, cost):0.0}") + (growth == basis ? "" : Invariant($" (× {Median(rounds, cost) / Median([.. basis.Rounds], cost):0.00})"));
            yield return Row(
                growth.Title + Mark(rounds),
                Number(Median(rounds, r => r.Webhooks.AcknowledgedPerSecond)),
                Number(Median(rounds, r => r.Deliveries!.PerSecond)),
                Pair(Median(rounds, r => r.Deliveries!.P50Ms), Median(rounds, r => r.Deliveries!.P99Ms)),
                Cell(r => 1e6 / r.Deliveries!.PerNodeCpuSecond), Cell(r => 1e6 / r.Deliveries!.PerNodeCpuSecond * Everything(r)),
                Cell(r => 1e3 / r.Storage.PerNodeCpuSecond), Cell(r => 1e3 / r.Storage.PerNodeCpuSecond * Everything(r)));
        }
    }

    // The CPU of all parts, as a multiple of the nodes'.
    private static double Everything(Round round) => (round.Cpu.Nodes + round.Cpu.Nginx + round.Cpu.Redis + round.Cpu.Postgres) / round.Cpu.Nodes;

    private static IEnumerable<string> IngestTable((Load Load, Round[] Rounds)[] loads, int history) =>
    [
        "| Load | Acknowledged/s | Acknowledged, p50 / p99 ms | Stored and processed/s | Stored per node CPU-s | Transactions/s | Messages per transaction | WAL syncs/s | Lost | Twice | Out of order | Disk's synced write, p50 / p99 ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        .. loads.Select(of => Row(
            of.Load.Name == 'M' ? $"M: C after {Number(history)} messages{Mark(of.Rounds)}" : $"{of.Load.Name}: {of.Load.Title}{Mark(of.Rounds)}",
            Number(Median(of.Rounds, r => r.Webhooks.AcknowledgedPerSecond)),
            Pair(Median(of.Rounds, r => r.Webhooks.P50Ms), Median(of.Rounds, r => r.Webhooks.P99Ms)),
            Number(Median(of.Rounds, r => r.Storage.PerSecond)),
            Number(Median(of.Rounds, r => r.Storage.PerNodeCpuSecond)),
            Number(Median(of.Rounds, r => r.Storage.TransactionsPerSecond)),
            Small(Median(of.Rounds, r => r.Storage.MessagesPerTransaction)),
            Number(Median(of.Rounds, r => r.Storage.SyncsPerSecond)),
            FaultCells(of.Rounds.Select(r => r.Storage.Faults)),
            Disk(of.Rounds))),
        .. Ratio(loads),
    ];

    private static IEnumerable<string> Ratio((Load Load, Round[] Rounds)[] loads)
    {
        if (loads is not [var (_, before), var (_, after)]) return [];
        string Of(Func<Round, double> figure) => Invariant($"× {Median(after, figure) / Median(before, figure):0.00}");
        return
        [
            Row("M / C",
                Of(r => r.Webhooks.AcknowledgedPerSecond), $"{Of(r => r.Webhooks.P50Ms)} / {Of(r => r.Webhooks.P99Ms)}",
                Of(r => r.Storage.PerSecond), Of(r => r.Storage.PerNodeCpuSecond),
                Of(r => r.Storage.TransactionsPerSecond), Of(r => r.Storage.MessagesPerTransaction), Of(r => r.Storage.SyncsPerSecond), "", "", "", ""),
        ];
    }

    private static IEnumerable<string> Remarks(Report report)
    {
        foreach (var (load, rounds) in report.ByLoad())
        {
            if (load.Name == 'A') yield return Promise(rounds, report.Options.Quick);
            if (rounds.Sum(r => r.Webhooks.Refused) is > 0 and var refused)
                yield return $"{load.Name}: {refused} webhooks were refused, the first with: {rounds.First(r => r.Webhooks.Refused > 0).Webhooks.FirstRefusal}";
            if (rounds.Sum(r => r.Deliveries?.Disconnected ?? 0) is > 0 and var gone)
                yield return $"{load.Name}: {gone} browsers were disconnected.";
            if (rounds.Sum(r => r.Storage.Faults.Misrouted + (r.Deliveries?.Faults.Misrouted ?? 0)) is > 0 and var misrouted)
                yield return $"{load.Name}: {misrouted} messages came to the wrong conversation.";
        }
        foreach (var round in report.AllRounds.Where(r => r.IsNoisy))
            yield return Invariant($"`!` {round.Load}{round.Number}: others used {round.Cpu.OthersShare:P0} of the processors, webhooks were sent {round.Webhooks.LateP99Ms:0.0} ms late (p99).");
    }

    // p50 of 15 ms; p99 of 100 ms or three times the disk's own p99, whichever is more, with everything on two processors.
    private static string Promise(Round[] rounds, bool quick)
    {
        if (quick || rounds.Any(r => r.IsNoisy)) return "Promised at A: not judged on rounds that were short or disturbed.";
        var (p50, p99) = (Median(rounds, r => r.Deliveries!.P50Ms), Median(rounds, r => r.Deliveries!.P99Ms));
        var limit = rounds.Any(r => r.Disk is null) ? 100 : Math.Max(100, 3 * Median(rounds, r => r.Disk!.P99Ms));
        return Invariant($"Promised at A: p50 under 15 ms ({(p50 < 15 ? "kept" : "broken")}), p99 under {limit:0} ms, which is ")
            + Invariant($"100 ms or three times the disk's own ({(p99 < limit ? "kept" : "broken")}).");
    }

    private static double Median(Round[] rounds, Func<Round, double> figure) => rounds.Select(figure).Median();

    private static string FaultCells(IEnumerable<Faults> faults)
    {
        var all = faults.Aggregate((one, other) => one + other);
        return Invariant($"{all.Lost} | {all.Duplicated} | {all.OutOfOrder}");
    }

    private static string Disk(Round[] rounds) => rounds.Any(r => r.Disk is null)
        ? "–"
        : Pair(Median(rounds, r => r.Disk!.P50Ms), Median(rounds, r => r.Disk!.P99Ms));

    private static string Mark(Round[] rounds) => rounds.Any(r => r.IsNoisy) ? " `!`" : "";
    private static string Medians(IEnumerable<Latency> of) => Pair(of.Select(l => l.P50Ms).Median(), of.Select(l => l.P99Ms).Median());
    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells)} |";
    private static string Pair(double p50, double p99) => $"{Small(p50)} / {Small(p99)}";
    private static string Small(double value) => Invariant($"{value:0.0}");
    private static string Number(double value) => value == 0 ? "–" : value.ToString("#,0", CultureInfo.InvariantCulture);
    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
