using System.Globalization;

namespace PyTake.Faults.Soaking;

/// <summary>Reads the current values of all measures that must not grow.</summary>
internal sealed class Sampler(Site site)
{
    public async Task<IReadOnlyList<(Measure Measure, double Value)>> TakeAsync()
    {
        var cluster = site.Parts.Read();
        List<(Measure, double)> sample = [];
        foreach (var node in cluster.Nodes)
        {
            sample.Add((Measure.Memory(node.Name), MemoryMb(node.Pid)));
            sample.Add((Measure.Files(node.Name), Files(node.Pid)));
        }
        sample.Add((Measure.Files("nginx"), Processes.ChildrenOf(cluster.Nginx.Pid).Sum(Files)));
        sample.Add((Measure.Files("Redis"), Files(cluster.Redis.Pid)));
        sample.Add((Measure.Memory("Redis"), MemoryMb(cluster.Redis.Pid)));
        sample.Add((Measure.Keys, await RedisKeysAsync(cluster.Redis.Port)));
        sample.Add((Measure.Connections("PostgreSQL"), await site.Database.NumberAsync("select count(*) from pg_stat_activity where backend_type = 'client backend'")));
        sample.Add((Measure.DeadRows, await site.Database.NumberAsync("select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables")));
        return sample;
    }

    private static double MemoryMb(int pid) =>
        double.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static double Files(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();

    private static async Task<double> RedisKeysAsync(int port) => double.Parse(await RedisCommand.OfClusterAsync(port, "DBSIZE"), CultureInfo.InvariantCulture);
}
