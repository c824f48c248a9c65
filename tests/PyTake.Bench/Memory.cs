namespace PyTake.Bench;

/// <summary>Reads /proc (see proc(5)).</summary>
internal static class Memory
{
    /// <summary>Resident bytes of a process and its children; 0 if there is no such process.</summary>
    public static long OfTree(int pid)
    {
        if (pid <= 0) return 0;
        try
        {
            var own = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:"));
            var children = File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return long.Parse(own.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 + children.Sum(child => OfTree(int.Parse(child)));
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

/// <summary>Samples the nodes' resident memory.</summary>
internal sealed class MemoryMeter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<long> _watching;

    public MemoryMeter(ClusterFile cluster) => _watching = Task.Run(() => WatchAsync(cluster));

    /// <returns>The peak of all nodes together, in bytes.</returns>
    public async Task<long> StopAsync()
    {
        await _stop.CancelAsync();
        var most = await _watching;
        _stop.Dispose();
        return most;
    }

    private async Task<long> WatchAsync(ClusterFile cluster)
    {
        for (var most = 0L; ; await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
        {
            most = Math.Max(most, cluster.Nodes.Sum(node => Memory.OfTree(node.Pid)));
            if (_stop.IsCancellationRequested) return most;
        }
    }
}
