using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PyTake.Harness;

/// <summary>The processes of the cluster that <c>infra/up</c> described in a file: killed here, started again by infra/up.</summary>
public sealed class ClusterParts(string file)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>The description as it is now: pids change when a part is started again.</summary>
    public Cluster Read() => Cluster.Read(file);

    /// <summary>Ends a process at once, as a crash does, and waits until it is gone. One that is gone already is left alone.</summary>
    public static void Kill(int pid)
    {
        if (TrySignal(pid, Signal.Kill) && !HasEndedAsync(pid, TimeSpan.FromSeconds(10)).Result)
            throw new TimeoutException($"Process {pid} is still there 10 s after it was killed");
    }

    /// <returns>Whether there is such a process.</returns>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static bool TrySignal(int pid, Signal signal)
    {
        // 0 and negative numbers mean whole groups of processes.
        ArgumentOutOfRangeException.ThrowIfLessThan(pid, 2);
        if (SendSignal(pid, (int)signal) == 0) return true;
        const int NoSuchProcess = 3;
        return Marshal.GetLastPInvokeError() == NoSuchProcess ? false : throw new UnauthorizedAccessException($"Process {pid} may not be signalled");
    }

    /// <summary>Waits for a process's end, which is also that of one whose parent has not asked for its result.</summary>
    public static async Task<bool> HasEndedAsync(int pid, TimeSpan deadline)
    {
        for (var started = Stopwatch.GetTimestamp(); IsThere(pid);)
        {
            if (Stopwatch.GetElapsedTime(started) > deadline) return false;
            await Task.Delay(Look);
        }
        return true;
    }

    /// <summary>The processes that this one has started, such as nginx's workers.</summary>
    public static IReadOnlyList<int> ChildrenOf(int pid) =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(child => Stat(child) is { } stat && stat.Parent == pid)];

    /// <summary>Starts a part again: node-1, redis, postgres, nginx, simulator.</summary>
    /// <param name="environment">Further variables for it, and for the script that starts it.</param>
    /// <exception cref="IOException">It did not come up; the text says why.</exception>
    public Task StartAsync(string part, params (string Name, string Value)[] environment) => UpAsync(["--no-build", part], environment);

    /// <summary>Restarts all nodes, one after the other, as an operator does.</summary>
    /// <exception cref="IOException">One did not come up; the text says why.</exception>
    public Task RestartNodesAsync() => UpAsync(["--restart"], []);

    private async Task UpAsync(string[] arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository(), "infra", "up"), ["--run-dir", Path.GetDirectoryName(Path.GetFullPath(file))!, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new IOException($"infra/up {string.Join(' ', arguments)} failed: {output}");
    }

    private static bool IsThere(int pid) => Stat(pid) is { State: not 'Z' };

    // After the name, which may hold blanks: state and parent (proc(5)).
    private static (char State, int Parent)? Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Repository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "PyTake.sln"))) return directory.FullName;
        throw new InvalidOperationException("This does not run inside the repository");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);
}

/// <summary>Signals by Linux's numbers.</summary>
public enum Signal { Hangup = 1, Interrupt = 2, Kill = 9, Terminate = 15, Continue = 18, Stop = 19 }
