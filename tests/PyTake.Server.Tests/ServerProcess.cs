using System.Diagnostics;

namespace PyTake;

/// <summary>The program in a process of its own, run to its end.</summary>
public static class ServerProcess
{
    /// <returns>Its exit code and all that it printed.</returns>
    public static async Task<(int ExitCode, string Output)> Run(string[] arguments, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        using var process = Process.Start(start)!;
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
}
