using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

/// <summary>What faults act on: the cluster's parts, and the organizations that are under load.</summary>
internal sealed class Scene(ClusterParts parts, Database database, HttpClient simulator, Random random, IReadOnlyList<Organization> organizations)
{
    public ClusterParts Parts => parts;
    public ClusterFile Cluster => parts.Read();
    public Database Database => database;
    public Random Random => random;
    public IReadOnlyList<Organization> Organizations => organizations;

    public ClusterNode AnyNode() => Cluster.Nodes[random.Next(Cluster.Nodes.Length)];

    /// <summary>Sends a process a signal that stops it, and waits until it has exited.</summary>
    /// <exception cref="IOException">It has not exited within <paramref name="deadline"/>.</exception>
    public static async Task TerminateAsync(int pid, Signal signal, TimeSpan deadline)
    {
        Processes.TrySignal(pid, signal);
        if (!await Processes.HasEndedAsync(pid, deadline)) throw new IOException($"process {pid} did not end within {deadline.TotalSeconds:0} s");
    }

    /// <summary>Runs one Redis command.</summary>
    /// <exception cref="IOException">Redis refused it, or cannot be reached.</exception>
    public Task<string> RedisAsync(params string[] command) => RedisCommand.OfClusterAsync(Cluster.Redis.Port, command);

    /// <summary>Photos of 100 KB that the simulator has for a number, no two alike.</summary>
    public async Task<IReadOnlyList<CustomerPhoto>> PhotosAsync(string phoneNumberId, int count)
    {
        var photos = new List<CustomerPhoto>();
        for (var i = 0; i < count; i++)
        {
            // As far as anybody looks who does not decode it.
            byte[] content = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, .. RandomNumberGenerator.GetBytes(100_000)];
            using var answer = await simulator.PostAsync(
                $"/_control/media?phone_number_id={phoneNumberId}", new ByteArrayContent(content) { Headers = { ContentType = new("image/jpeg") } });
            answer.EnsureSuccessStatusCode();
            var file = await answer.Content.ReadFromJsonAsync<JsonElement>();
            photos.Add(new CustomerPhoto(file.GetProperty("id").GetString()!, Convert.ToHexStringLower(SHA256.HashData(content))));
        }
        return photos;
    }

    /// <summary>Adds a rule that changes how the simulated Graph API answers (<c>/_control/rules</c>).</summary>
    public async Task RuleAsync(object rule)
    {
        using var answer = await simulator.PostAsJsonAsync("/_control/rules", rule);
        if (!answer.IsSuccessStatusCode) throw new IOException($"the simulator refused a rule: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>For this duration, the Graph API accepts each message only after this delay.</summary>
    public async Task SlowGraphAsync(int delayMs, TimeSpan duration, CancellationToken cancellationToken)
    {
        await RuleAsync(new { status = 200, delay_ms = delayMs });
        await Task.Delay(duration, cancellationToken);
        await NoRulesAsync();
    }

    /// <summary>Removes all rules, so that the Graph API works normally again.</summary>
    public async Task NoRulesAsync()
    {
        using var answer = await simulator.DeleteAsync("/_control/rules");
        answer.EnsureSuccessStatusCode();
    }
}
