using System.Diagnostics;

namespace PyTake.Harness;

/// <summary>The processes of the cluster that <c>infra/up</c> described in a file; infra/up also starts them again.</summary>
public sealed class ClusterParts(string file)
{
    /// <summary>Reads the current description: pids change when a part is restarted.</summary>
    public ClusterFile Read() => ClusterFile.Read(file);

    /// <summary>Starts a part again: node-1, redis, postgres, nginx, simulator.</summary>
    /// <param name="environment">Additional variables for the part, and for the script that starts it.</param>
    /// <exception cref="IOException">It did not start; the text says why.</exception>
    public Task StartAsync(string part, params (string Name, string Value)[] environment) => UpAsync(["--no-build", part], environment);

    /// <summary>Adds nodes, and restarts the others, because all share the machine's cores and PostgreSQL's connections.</summary>
    /// <param name="nodes">How many there are to be.</param>
    /// <exception cref="IOException">A node did not start; the text says why.</exception>
    public async Task ExtendAsync(int nodes)
    {
        await UpAsync(["--no-build", "--nodes", $"{nodes}"], []);
        await RestartNodesAsync();
    }

    /// <summary>Restarts all nodes, one after the other, as an operator does.</summary>
    /// <exception cref="IOException">A node did not start; the text says why.</exception>
    public Task RestartNodesAsync() => UpAsync(["--restart"], []);

    private async Task UpAsync(string[] arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "infra", "up"), ["--run-dir", Path.GetDirectoryName(Path.GetFullPath(file))!, .. arguments]);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        (await Processes.RunAsync(start)).Demand();
    }
}
