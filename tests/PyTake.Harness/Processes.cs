using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PyTake.Harness;

/// <summary>Runs, signals and waits for processes of this machine.</summary>
public static class Processes
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs a process until it exits.</summary>
    /// <param name="input">Its standard input; none if null.</param>
    /// <param name="deadline">A process that takes longer is killed; no limit if null.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    /// <exception cref="TimeoutException">It took longer than <paramref name="deadline"/>.</exception>
    public static async Task<ProcessResult> RunAsync(ProcessStartInfo start, string? input = null, TimeSpan? deadline = null)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (input is not null, true, true);
        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            if (input is not null) await WriteAsync(process, input);
            await Task.WhenAll(output, errors, process.WaitForExitAsync()).WaitAsync(deadline ?? Timeout.InfiniteTimeSpan);
            return new ProcessResult($"{start.FileName} {string.Join(' ', start.ArgumentList)}", process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>Kills a process, as a crash would, and waits until it is gone. Does nothing if it is gone already.</summary>
    public static void Kill(int pid)
    {
        if (TrySignal(pid, Signal.Kill) && !HasEndedAsync(pid, TimeSpan.FromSeconds(10)).Result)
            throw new TimeoutException($"Process {pid} is still there 10 s after it was killed");
    }

    /// <returns>Whether there is such a process.</returns>
    /// <exception cref="UnauthorizedAccessException">It belongs to another user.</exception>
    public static bool TrySignal(int pid, Signal signal)
    {
        // kill(2) takes 0 and negative numbers for process groups, and 1 is init.
        ArgumentOutOfRangeException.ThrowIfLessThan(pid, 2);
        if (SendSignal(pid, (int)signal) == 0) return true;
        const int NoSuchProcess = 3;
        return Marshal.GetLastPInvokeError() == NoSuchProcess ? false : throw new UnauthorizedAccessException($"Process {pid} may not be signalled");
    }

    /// <summary>Waits until a process has exited; a zombie, which its parent has not reaped, counts as exited.</summary>
    public static async Task<bool> HasEndedAsync(int pid, TimeSpan deadline)
    {
        for (var started = Stopwatch.GetTimestamp(); IsThere(pid);)
        {
            if (Stopwatch.GetElapsedTime(started) > deadline) return false;
            await Task.Delay(Look);
        }
        return true;
    }

    /// <summary>The child processes of a process, such as nginx's workers.</summary>
    public static IReadOnlyList<int> ChildrenOf(int pid) =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(child => Stat(child) is { } stat && stat.Parent == pid)];

    // A process that has failed may not read its input.
    private static async Task WriteAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Its exit code says what went wrong.
        }
    }

    private static bool IsThere(int pid) => Stat(pid) is { State: not 'Z' };

    // The fields follow the name, which may contain spaces: state and parent (proc(5)).
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

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);
}

/// <summary>The exit code of a process, and everything that it printed.</summary>
public sealed record ProcessResult(string Command, int ExitCode, string Output, string Errors)
{
    /// <returns>Its standard output.</returns>
    /// <exception cref="IOException">It failed; the text says what it printed.</exception>
    public string Demand() => ExitCode == 0 ? Output : throw new IOException($"{Command} failed: {Output}{Errors}");
}

/// <summary>Signals by Linux's numbers.</summary>
public enum Signal { Hangup = 1, Interrupt = 2, Kill = 9, Terminate = 15, Continue = 18, Stop = 19 }
