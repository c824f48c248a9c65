using System.Globalization;
using PyTake.Faults.Checking;
using PyTake.Faults.Peers;

namespace PyTake.Faults;

/// <summary>Renders results in Markdown, for the README.</summary>
internal static class Table
{
    /// <param name="beside">Null if no other system has been measured.</param>
    public static string Render(IReadOnlyList<TrialResult> results, Beside? beside) => string.Join('\n',
    [
        $"| Fault | Lost | Repeated | Out of order | Converged after, s | Latest message, s | Longest silence, s | Errors users saw |{(beside is null ? "" : $" {beside.Name} delivered |")}",
        $"|---|---|---|---|---|---|---|---|{(beside is null ? "" : "---|")}",
        .. results.Select(result => Row(result) + (beside is null ? "" : $" {beside.Delivered.GetValueOrDefault(result.Fault.Name, "")} |")),
    ]);

    /// <summary>One trial in a few lines, as progress for the person who is waiting.</summary>
    public static string Lines(TrialResult result, bool figuresCount)
    {
        if (result.Skipped is { } reason) return $"{result.Fault.Name}: not run: {reason}";
        List<string> lines =
        [
            Invariant($"{result.Fault.Name}: {(result.IsBroken ? "BROKEN" : "kept")}; {result.Acknowledged} of customers ({result.Refused} webhooks refused), {result.Answered} of agents, ")
                + Invariant($"converged after {result.Converged.TotalSeconds:0.00} s, latest message {result.Latest.TotalSeconds:0.00} s, longest silence {result.LongestSilence.TotalSeconds:0.00} s, errors {Errors(result)}, sockets dropped {result.Drops}"),
        ];
        if (result.Trouble is { } trouble) lines.Add($"  {trouble}");
        foreach (var violations in result.Violations.GroupBy(v => v.Breach))
            lines.AddRange(violations.Take(5).Select(v => $"  {v}").Append($"  {violations.Key}: {violations.Count()} in all"));
        if (figuresCount) lines.AddRange(result.BrokenPromises.Select(text => $"  worse than promised: {text}"));
        return string.Join('\n', lines);
    }

    private static string Row(TrialResult result) => result.Skipped is { } reason
        ? $"| {result.Fault.Sentence} | not run: {reason} |||||||"
        : Invariant($"| {result.Fault.Sentence}{(result.IsBroken ? $" **({Broken(result)})**" : "")} | {result.CountOf(Breach.Lost, Breach.Stuck)} | {result.CountOf(Breach.Repeated, Breach.SentTwice)} ")
            + Invariant($"| {result.CountOf(Breach.OutOfOrder, Breach.Hole)} | {result.Converged.TotalSeconds:0.0} | {result.Latest.TotalSeconds:0.0} ")
            + Invariant($"| {result.LongestSilence.TotalSeconds:0.0} | {Errors(result)} |");

    private static string Broken(TrialResult result) => result.Trouble ?? $"{result.Violations.Count} invariants broken, the first: {result.Violations[0]}";

    private static string Errors(TrialResult result) =>
        result.ErrorCount == 0 ? "0" : $"{result.ErrorCount} ({string.Join(", ", result.Errors.OrderByDescending(e => e.Value).Select(e => $"{e.Key} × {e.Value}"))})";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
