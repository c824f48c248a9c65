using System.Net.Http.Json;
using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

/// <summary>What faults work with: the cluster's parts, and whoever is busy on it.</summary>
internal sealed class Scene(ClusterParts parts, Database database, HttpClient simulator, Random random, IReadOnlyList<Organization> organizations)
{
    public ClusterParts Parts => parts;
    public Cluster Cluster => parts.Read();
    public Database Database => database;
    public Random Random => random;
    public IReadOnlyList<Organization> Organizations => organizations;

    public ClusterNode AnyNode() => Cluster.Nodes[random.Next(Cluster.Nodes.Length)];

    /// <summary>Asks a node to end, and waits until it has.</summary>
    /// <exception cref="IOException">It is still there after <paramref name="deadline"/>.</exception>
    public static async Task TerminateAsync(int pid, Signal signal, TimeSpan deadline)
    {
        ClusterParts.TrySignal(pid, signal);
        if (!await ClusterParts.HasEndedAsync(pid, deadline)) throw new IOException($"process {pid} did not end within {deadline.TotalSeconds:0} s");
    }

    /// <summary>One command for Redis.</summary>
    /// <exception cref="IOException">Redis refused, or is not there.</exception>
    public Task<string> RedisAsync(params string[] command) => RedisCommand.RunAsync(Cluster.Redis.Port, command);

    /// <summary>Makes the Graph API answer in another way (CONTRACT of the simulator: <c>/_control/rules</c>).</summary>
    public async Task RuleAsync(object rule)
    {
        using var answer = await simulator.PostAsJsonAsync("/_control/rules", rule);
        if (!answer.IsSuccessStatusCode) throw new IOException($"the simulator refused a rule: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>The Graph API is well again.</summary>
    public async Task NoRulesAsync()
    {
        using var answer = await simulator.DeleteAsync("/_control/rules");
        answer.EnsureSuccessStatusCode();
    }
}
