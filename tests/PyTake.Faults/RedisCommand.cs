using System.Diagnostics;

namespace PyTake.Faults;

/// <summary>One command for Redis, through redis-cli.</summary>
internal static class RedisCommand
{
    /// <exception cref="IOException">Redis refused, or is not there.</exception>
    public static async Task<string> RunAsync(int port, params string[] command)
    {
        using var cli = Process.Start(new ProcessStartInfo("redis-cli", ["-e", "-h", "127.0.0.1", "-p", $"{port}", .. command])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = cli.StandardError.ReadToEndAsync();
        var output = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();
        return cli.ExitCode == 0 ? output.Trim() : throw new IOException($"redis-cli {string.Join(' ', command)}: {output.Trim()} {(await errors).Trim()}");
    }
}
