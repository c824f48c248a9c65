using System.Globalization;

namespace PyTake.Bench;

/// <summary>A case of load G.</summary>
/// <param name="Title">What it varies of load A.</param>
/// <param name="Base">The title of the case that it is compared with; its own if it is such a case.</param>
internal sealed record GrowthCase(string Title, string Base, Load Load, IReadOnlyList<Round> Rounds);

/// <summary>What load A costs as the system grows: on more nodes, with more browsers for as many deliveries, and with a history.</summary>
/// <param name="parts">A cluster of one node, to which the others are added.</param>
/// <param name="measure">Measures one round of a load, in conversations of this inbox or in new ones.</param>
/// <param name="fill">Stores messages.</param>
internal sealed class Growth(
    ClusterParts parts, BenchOptions options, Func<Load, ClusterFile, int, Inbox?, Task<Round>> measure, Func<Task<Inbox>> fill)
{
    private const string Usual = "2 nodes, 200 browsers", Largest = "4 nodes, 200 browsers";
    private static readonly Load A = Load.Named('A');

    // As many deliveries as load A, whose 200 browsers get 200 webhooks a second.
    private static readonly Load[] Browsers = [.. ((int[])[100, 1_000, 5_000]).Select(browsers => A with { Browsers = browsers, Rate = A.Browsers * A.Rate / browsers })];

    /// <returns>The cases in the order of the table.</returns>
    /// <exception cref="IOException">The cluster could not be extended.</exception>
    public async Task<IReadOnlyList<GrowthCase>> RunAsync()
    {
        await ExtendAsync(1);
        var one = await CaseAsync("1 node, 200 browsers", Usual, A);
        await ExtendAsync(2);
        var usual = await CaseAsync(Usual, Usual, A);
        List<GrowthCase> browsers = [];
        foreach (var load in Browsers) browsers.Add(await CaseAsync($"2 nodes, {Spelled(load.Browsers)} browsers", Usual, load));
        await ExtendAsync(4);
        var largest = await CaseAsync(Largest, Usual, A);
        // Nodes are only added, so a history is compared on the most of them.
        var inbox = await fill();
        return [one, usual, largest, .. browsers, await CaseAsync($"{Largest}, {Spelled(options.Messages)} messages stored", Largest, A, inbox)];
    }

    private static string Spelled(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    // A node that has just started compiles its hot code in the first round.
    private async Task ExtendAsync(int nodes)
    {
        if (parts.Read().Nodes.Length < nodes) await parts.ExtendAsync(nodes);
        await measure(A, parts.Read(), 0, null);
    }

    private async Task<GrowthCase> CaseAsync(string title, string of, Load load, Inbox? inbox = null)
    {
        List<Round> measured = [];
        for (var number = 1; number <= options.Rounds; number++) measured.Add(await measure(load, parts.Read(), number, inbox));
        return new(title, of, load, measured);
    }
}
