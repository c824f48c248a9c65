using System.Diagnostics;
using System.Globalization;
using PyTake.Faults.Checking;
using PyTake.Faults.Load;

namespace PyTake.Faults.Soaking;

/// <summary>A long load without faults: nothing may grow, and no message may be lost, late or duplicated.</summary>
internal static class Soak
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10), Settling = TimeSpan.FromSeconds(120);
    private static readonly Size Size = new(Customers: 80, Consumers: 20, RoomsEach: 2, Rate: 200, Agents: 4, AgentRate: 1);

    /// <returns>Whether nothing grew and no invariant was broken.</returns>
    public static async Task<bool> RunAsync(FaultOptions options, Site site)
    {
        await using var organization = await Organization.OpenAsync(site.Parts.Read(), site.Http, site.GraphToken, Size);
        await organization.FillAsync(site.Parts.Read().BaseUrl, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(
            Task.Run(() => organization.Customers.WriteAsync(Size.Rate, stop.Token, CancellationToken.None)),
            Task.Run(() => organization.Agents.WorkAsync(Size.Agents, Size.AgentRate, stop.Token, CancellationToken.None)));

        var samples = await SampleAsync(site, options.Soak);
        await stop.CancelAsync();
        await load;
        var violations = await SettleAsync(site, organization);

        Growth[] growths = [.. samples.Select(s => Growth.Of(s.Key, s.Value))];
        var table = Render(growths, organization, options.Soak, violations);
        await File.WriteAllTextAsync(Path.Combine(options.Out, "soak.md"), table + "\n");
        Console.WriteLine(table);
        foreach (var violation in violations.Take(20)) Console.Error.WriteLine(violation);
        return violations.Count == 0 && !growths.Any(growth => growth.IsTooMuch);
    }

    private static async Task<Dictionary<Measure, List<double>>> SampleAsync(Site site, TimeSpan duration)
    {
        var samples = new Dictionary<Measure, List<double>>();
        var sampler = new Sampler(site);
        using var timer = new PeriodicTimer(Interval);
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < duration && await timer.WaitForNextTickAsync();)
        {
            var sample = await sampler.TakeAsync();
            foreach (var (measure, value) in sample)
                if (samples.TryGetValue(measure, out var values)) values.Add(value);
                else samples[measure] = [value];
            Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds,5:0} s  {string.Join(", ", sample.Select(s => Invariant($"{s.Measure.Name} {s.Value:0}")))}");
        }
        return samples;
    }

    private static async Task<IReadOnlyList<Violation>> SettleAsync(Site site, Organization organization)
    {
        var witnesses = new Witnesses(site.Database, site.Simulator);
        IReadOnlyList<Violation> violations = [];
        await Wait.Becomes(async () => (violations = Checker.Check(await witnesses.HearAsync(organization))).Count == 0, Settling, CancellationToken.None);
        return violations;
    }

    private static string Render(Growth[] growths, Organization organization, TimeSpan duration, IReadOnlyList<Violation> violations) => string.Join('\n',
    [
        Invariant($"{duration.TotalMinutes:0.#} minutes at {Size.Rate} messages a second: {organization.Ledger.FromCustomers.Count} of customers, {organization.Ledger.FromAgents.Count} of agents, ")
            + Invariant($"{organization.Meta.Refused} webhooks refused, {organization.Agents.Errors.Values.Sum()} REST errors, {violations.Count} invariants broken."),
        "",
        "| Measure | Second quarter | Last quarter | Allowed | |",
        "|---|---|---|---|---|",
        .. growths.Select(g => Invariant($"| {g.Measure.Name}{(g.Measure.Unit == "" ? "" : $", {g.Measure.Unit}")} | {g.Before:#,0} | {g.After:#,0} | {g.Allowed:#,0} | {(g.IsTooMuch ? "grows" : "")} |")),
    ]);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
