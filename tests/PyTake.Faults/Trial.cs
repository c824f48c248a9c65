using System.Diagnostics;
using PyTake.Faults.Checking;
using PyTake.Faults.Inflicted;
using PyTake.Faults.Load;

namespace PyTake.Faults;

/// <summary>
/// One fault under load: two organizations created for the trial are busy while the fault happens, and once the load has stopped the system must
/// settle with every promise kept.
/// </summary>
internal sealed class Trial(Fault fault, Site site, Size[] sizes)
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(90), Finishing = TimeSpan.FromSeconds(120), Going = TimeSpan.FromSeconds(60);
    private readonly Witnesses _witnesses = new(site.Database, site.Simulator);

    public async Task<TrialResult> RunAsync()
    {
        List<Organization> organizations = [];
        try
        {
            foreach (var size in sizes) organizations.Add(await Organization.OpenAsync(site.Parts.Read(), site.Http, site.GraphToken, size));
            var scene = new Scene(site.Parts, site.Database, site.Simulator, site.Random, organizations);
            if (fault.Hindrance(scene) is { } hindrance) return new TrialResult { Fault = fault, Skipped = hindrance };
            await Task.WhenAll(organizations.Select(organization => organization.FillAsync(site.Parts.Read().BaseUrl, CancellationToken.None)));
            return await RunAsync(scene);
        }
        finally
        {
            await Task.WhenAll(organizations.Select(organization => organization.DisposeAsync().AsTask()));
        }
    }

    private async Task<TrialResult> RunAsync(Scene scene)
    {
        var all = scene.Organizations;
        using var stop = new CancellationTokenSource();
        using var giveUp = new CancellationTokenSource();
        var load = Task.WhenAll(all.SelectMany(o => new[]
        {
            Task.Run(() => o.Customers.WriteAsync(o.Size.Rate, stop.Token, giveUp.Token)),
            Task.Run(() => o.Agents.WorkAsync(o.Size.Agents, o.Size.AgentRate, stop.Token, giveUp.Token)),
        }));
        await GoesOnAsync(all, Stopwatch.GetTimestamp(), giveUp.Token);
        var begun = Stopwatch.GetTimestamp();
        foreach (var organization in all) organization.Agents.Begin();
        foreach (var consumer in all.SelectMany(o => o.Consumers)) consumer.Silence.Begin();

        var trouble = await InflictAsync(scene);
        var healed = Stopwatch.GetTimestamp();
        var goesOn = await GoesOnAsync(all, healed, giveUp.Token);
        await stop.CancelAsync();
        giveUp.CancelAfter(Finishing);
        foreach (var organization in all) await organization.SyncAsync(CancellationToken.None);
        var silences = all.SelectMany(o => o.Consumers).Select(consumer => consumer.Silence.End()).ToArray();
        trouble ??= await FinishAsync(load);
        if (!goesOn) trouble ??= "customers' messages were not acknowledged again within a minute of the end of the fault";

        var (violations, evidence) = await SettleAsync(all);
        return new TrialResult
        {
            Fault = fault,
            Trouble = trouble,
            Violations = [.. violations, .. await Trespass.TryAsync(site, all)],
            Converged = evidence.Max(e => Delays.Convergence(e, healed)),
            Latest = evidence.Max(e => Delays.Latest(e, begun)),
            LongestSilence = silences.Max(),
            Errors = all.SelectMany(o => o.Agents.Errors).GroupBy(e => e.Key).ToDictionary(e => e.Key, e => e.Sum(o => o.Value)),
            Drops = all.Sum(o => o.Consumers.Sum(consumer => consumer.Drops)),
            Acknowledged = all.Sum(o => o.Ledger.FromCustomers.Count(m => m.IsAcknowledged)),
            Answered = all.Sum(o => o.Ledger.FromAgents.Count(m => m.Ids.Count > 0)),
            Refused = all.Sum(o => o.Meta.Refused),
        };
    }

    private async Task<string?> InflictAsync(Scene scene)
    {
        try
        {
            await fault.InflictAsync(scene, CancellationToken.None);
            return null;
        }
        catch (Exception exception)
        {
            return $"the fault could not be inflicted: {FirstLine(exception)}";
        }
    }

    // Waits until each organization has had about three seconds' worth of messages acknowledged since then.
    private static Task<bool> GoesOnAsync(IReadOnlyList<Organization> all, long since, CancellationToken cancellationToken) => Wait.Becomes(
        () => Task.FromResult(all.All(o => o.Ledger.AcknowledgedSince(since) >= 3 * o.Size.Rate)), Going, cancellationToken);

    private static async Task<string?> FinishAsync(Task load)
    {
        try
        {
            await load;
            return null;
        }
        catch (OperationCanceledException)
        {
            return $"requests were still being refused {Finishing.TotalSeconds:0} s after the load had stopped";
        }
        catch (Exception exception)
        {
            return $"the load failed: {FirstLine(exception)}";
        }
    }

    private async Task<(IReadOnlyList<Violation> Violations, IReadOnlyList<Evidence> Evidence)> SettleAsync(IReadOnlyList<Organization> all)
    {
        IReadOnlyList<Violation> violations = [];
        List<Evidence> evidence = [];
        await Wait.Becomes(async () =>
        {
            evidence.Clear();
            foreach (var organization in all) evidence.Add(await _witnesses.HearAsync(organization));
            violations = [.. evidence.SelectMany(Checker.Check)];
            return violations.Count == 0;
        }, Settling, CancellationToken.None);
        return (violations, evidence);
    }

    // The remaining lines may be pages of a node's log.
    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0];
}
