using PyTake.Faults.Inflicted;
using PyTake.Faults.Load;

namespace PyTake.Faults;

/// <summary>Runs the faults one after the other, each in its own trial.</summary>
internal sealed class Campaign(FaultOptions options, Site site)
{
    // Together 50 consumers and 60 messages a second: as much as two cores can carry beside the cluster itself.
    private static readonly Size[] Sizes =
    [
        new(Customers: 20, Consumers: 38, RoomsEach: 4, Rate: 40, Agents: 3, AgentRate: 1.5),
        new(Customers: 10, Consumers: 12, RoomsEach: 4, Rate: 20, Agents: 2, AgentRate: 1.5),
    ];

    /// <param name="say">Called with a line as each trial begins and ends.</param>
    /// <returns>A result for each fault, including those whose trial could not start.</returns>
    public async Task<IReadOnlyList<TrialResult>> RunAsync(Action<string> say)
    {
        List<TrialResult> results = [];
        foreach (var fault in Chosen(say))
        {
            say($"{fault.Name}: {fault.Sentence}");
            results.Add(await TryAsync(fault));
            say(Table.Lines(results[^1], figuresCount: !options.Quick));
        }
        return results;
    }

    private IEnumerable<Fault> Chosen(Action<string> say)
    {
        var unknown = options.Only.Except(Fault.All.Select(fault => fault.Name)).ToArray();
        if (unknown.Length > 0) throw new ArgumentException($"there is no fault {string.Join(", ", unknown)}: --list names them");
        Fault[] faults = [.. Fault.All.Where(fault => options.Only.Length > 0 ? options.Only.Contains(fault.Name) : !options.Quick || fault.IsQuick)];
        return options.Random > TimeSpan.Zero
            ? [.. options.Only.Length > 0 || options.Quick ? [] : faults, new Everything(faults, options.Random, say)]
            : faults;
    }

    // A trial that cannot even start counts as failed. The cluster is repaired after it, so that the next trial does not fail as well.
    private async Task<TrialResult> TryAsync(Fault fault)
    {
        TrialResult result;
        try
        {
            result = await new Trial(fault, site, Sizes).RunAsync();
        }
        catch (Exception exception)
        {
            result = new TrialResult { Fault = fault, Trouble = $"the trial failed: {exception.GetType().Name}: {exception.Message.Split('\n')[0]}" };
        }
        if (result.Trouble is not null) await site.RestoreAsync();
        return result;
    }
}
