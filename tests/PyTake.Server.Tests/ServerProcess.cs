using System.Diagnostics;

namespace PyTake;

/// <summary>The program in a process of its own.</summary>
public static class ServerProcess
{
    /// <summary>Runs it until it exits.</summary>
    /// <returns>Its exit code and output.</returns>
    public static async Task<(int ExitCode, string Output)> Run(string[] arguments, params (string Key, string Value)[] settings)
    {
        var ended = await Processes.RunAsync(Command(arguments, settings), deadline: TimeSpan.FromMinutes(1));
        return (ended.ExitCode, ended.Output + ended.Errors);
    }

    /// <summary>Starts it; the caller must stop it.</summary>
    public static Process Start(string[] arguments, params (string Key, string Value)[] settings)
    {
        var start = Command(arguments, settings);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        return Process.Start(start)!;
    }

    /// <summary>Asks it to stop, as an operator does, and waits until it exits.</summary>
    public static async Task TerminateAsync(Process process)
    {
        Processes.TrySignal(process.Id, Signal.Terminate);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static ProcessStartInfo Command(string[] arguments, (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]);
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return start;
    }
}
