using System.Net.Http.Json;
using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

/// <summary>What faults work with: the cluster's parts, and the organizations that are busy on it.</summary>
internal sealed class Scene(ClusterParts parts, Database database, HttpClient simulator, Random random, IReadOnlyList<Organization> organizations)
{
    public ClusterParts Parts => parts;
    public ClusterFile Cluster => parts.Read();
    public Database Database => database;
    public Random Random => random;
    public IReadOnlyList<Organization> Organizations => organizations;

    public ClusterNode AnyNode() => Cluster.Nodes[random.Next(Cluster.Nodes.Length)];

    /// <summary>Asks a node to end, and waits until it has.</summary>
    /// <exception cref="IOException">It is still there after <paramref name="deadline"/>.</exception>
    public static async Task TerminateAsync(int pid, Signal signal, TimeSpan deadline)
    {
        Processes.TrySignal(pid, signal);
        if (!await Processes.HasEndedAsync(pid, deadline)) throw new IOException($"process {pid} did not end within {deadline.TotalSeconds:0} s");
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

    /// <summary>Makes the Graph API accept each message only after this delay, for so long.</summary>
    public async Task SlowGraphAsync(int delayMs, TimeSpan duration, CancellationToken cancellationToken)
    {
        await RuleAsync(new { status = 200, delay_ms = delayMs });
        await Task.Delay(duration, cancellationToken);
        await NoRulesAsync();
    }

    /// <summary>The Graph API is well again.</summary>
    public async Task NoRulesAsync()
    {
        using var answer = await simulator.DeleteAsync("/_control/rules");
        answer.EnsureSuccessStatusCode();
    }
}
