using System.Diagnostics;
using System.Globalization;

namespace PyTake.Bench;

/// <summary>CPU seconds between two readings: of each part of the cluster with its child processes, and of everything else.</summary>
/// <param name="Others">What neither the cluster nor the generator used, including time stolen by the host.</param>
internal sealed record CpuUse(
    double Seconds, double Nodes, double Nginx, double Redis, double Postgres, double Simulator, double Generator, double Others)
{
    /// <summary>The share of all the machine's processors that <see cref="Others"/> took, from 0 to 1.</summary>
    public double OthersShare => Others / (Seconds * Environment.ProcessorCount);
}

/// <summary>Reads /proc (see proc(5)). The time of child processes that have exited is counted with their parents'.</summary>
internal sealed class CpuMeter
{
    private const double TicksPerSecond = 100;      // USER_HZ, 100 on all of Linux's usual architectures
    private readonly ClusterFile _cluster;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, double> _start;
    private readonly double _machineStart;

    public CpuMeter(ClusterFile cluster)
    {
        _cluster = cluster;
        _start = ReadParts();
        _machineStart = ReadMachine();
    }

    /// <summary>The CPU used since the meter was created.</summary>
    public CpuUse Read()
    {
        var seconds = Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
        var machine = ReadMachine() - _machineStart;
        var used = ReadParts().ToDictionary(part => part.Key, part => part.Value - _start[part.Key]);
        return new CpuUse(
            seconds, used["nodes"], used["nginx"], used["redis"], used["postgres"], used["simulator"], used["generator"],
            Math.Max(0, machine - used.Values.Sum()));
    }

    private Dictionary<string, double> ReadParts()
    {
        var processes = ReadProcesses();
        var children = processes.ToLookup(process => process.Value.Parent, process => process.Key);
        double Tree(int pid) => processes.TryGetValue(pid, out var process) && pid > 0
            ? process.Seconds + children[pid].Sum(Tree)
            : 0;
        return new Dictionary<string, double>
        {
            ["nodes"] = _cluster.Nodes.Sum(node => Tree(node.Pid)),
            ["nginx"] = Tree(_cluster.Nginx.Pid),
            ["redis"] = Tree(_cluster.Redis.Pid),
            ["postgres"] = Tree(_cluster.Postgres.Pid),
            ["simulator"] = Tree(_cluster.Simulator.Pid),
            ["generator"] = Tree(Environment.ProcessId),
        };
    }

    private static Dictionary<int, (int Parent, double Seconds)> ReadProcesses()
    {
        var processes = new Dictionary<int, (int, double)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out var pid))
                try
                {
                    processes[pid] = ParseProcess(File.ReadAllText(directory + "/stat"));
                }
                catch (IOException)
                {
                    // The process exited meanwhile.
                }
        return processes;
    }

    // The fields follow the name, which may contain spaces: state, parent, …; from the 12th on utime, stime and those of exited children.
    private static (int Parent, double Seconds) ParseProcess(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (int.Parse(fields[1]), fields[11..15].Sum(Ticks) / TicksPerSecond);
    }

    // user, nice, system, idle, iowait, irq, softirq, steal.
    private static double ReadMachine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9];
        return fields.Where((_, n) => n is not 3 and not 4).Sum(Ticks) / TicksPerSecond;
    }

    private static double Ticks(string field) => double.Parse(field, CultureInfo.InvariantCulture);
}
