using System.Diagnostics;

namespace PyTake;

/// <summary>The program in a process of its own.</summary>
public static class ServerProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code and all that it printed.</returns>
    public static async Task<(int ExitCode, string Output)> Run(string[] arguments, params (string Key, string Value)[] settings)
    {
        using var process = Start(arguments, settings);
        try
        {
            var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(TimeSpan.FromMinutes(1));
            await process.WaitForExitAsync();
            return (process.ExitCode, string.Concat(output));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>Starts it; whoever asked ends it.</summary>
    public static Process Start(string[] arguments, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start)!;
    }

    /// <summary>Asks it to end, as an operator does, and waits for it.</summary>
    public static async Task TerminateAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }
}
