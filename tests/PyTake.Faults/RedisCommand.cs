using System.Diagnostics;

namespace PyTake.Faults;

/// <summary>Runs one Redis command through redis-cli.</summary>
internal static class RedisCommand
{
    /// <exception cref="IOException">Redis refused it, or cannot be reached.</exception>
    public static async Task<string> RunAsync(int port, params string[] command) =>
        (await Processes.RunAsync(new ProcessStartInfo("redis-cli", ["-e", "-h", "127.0.0.1", "-p", $"{port}", .. command]))).Demand().Trim();
}
