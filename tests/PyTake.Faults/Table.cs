using System.Globalization;
using PyTake.Faults.Checking;

namespace PyTake.Faults;

/// <summary>Results in markdown, for the README.</summary>
internal static class Table
{
    public static string Render(IReadOnlyList<TrialResult> results) => string.Join('\n',
    [
        "| Fault | Lost | Repeated | Out of order | Holes | Sent twice | Seen by others | Converged after, s | Longest silence, s | Errors users saw | Sockets dropped |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        .. results.Select(Row),
    ]);

    /// <summary>One trial in some lines, for whoever waits.</summary>
    public static string Lines(TrialResult result, bool figuresCount)
    {
        if (result.Skipped is { } reason) return $"{result.Fault.Name}: not done: {reason}";
        List<string> lines =
        [
            Invariant($"{result.Fault.Name}: {(result.IsBroken ? "BROKEN" : "kept")}; {result.Acknowledged} of customers ({result.Refused} webhooks refused), {result.Answered} of agents, ")
                + Invariant($"converged after {result.Converged.TotalSeconds:0.00} s, longest silence {result.LongestSilence.TotalSeconds:0.00} s, errors {Errors(result)}, sockets dropped {result.Drops}"),
        ];
        if (result.Trouble is { } trouble) lines.Add($"  {trouble}");
        foreach (var violations in result.Violations.GroupBy(v => v.Breach))
            lines.AddRange(violations.Take(5).Select(v => $"  {v}").Append($"  {violations.Key}: {violations.Count()} in all"));
        if (figuresCount) lines.AddRange(result.BrokenPromises.Select(text => $"  worse than promised: {text}"));
        return string.Join('\n', lines);
    }

    private static string Row(TrialResult result) => result.Skipped is { } reason
        ? $"| {result.Fault.Sentence} | not done: {reason} ||||||||||"
        : Invariant($"| {result.Fault.Sentence} | {result.CountOf(Breach.Lost, Breach.Stuck)} | {result.CountOf(Breach.Repeated)} | {result.CountOf(Breach.OutOfOrder)} ")
            + Invariant($"| {result.CountOf(Breach.Hole)} | {result.CountOf(Breach.SentTwice)} | {result.CountOf(Breach.Foreign)} | {result.Converged.TotalSeconds:0.0} ")
            + Invariant($"| {result.LongestSilence.TotalSeconds:0.0} | {Errors(result)} | {result.Drops} |{(result.Trouble is null ? "" : $" {result.Trouble}")}");

    private static string Errors(TrialResult result) =>
        result.ErrorCount == 0 ? "0" : $"{result.ErrorCount} ({string.Join(", ", result.Errors.OrderByDescending(e => e.Value).Select(e => $"{e.Key} × {e.Value}"))})";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
