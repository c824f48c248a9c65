using System.Diagnostics;

namespace PyTake.Faults;

/// <summary>Runs one Redis command through redis-cli.</summary>
internal static class RedisCommand
{
    /// <summary>For the Redis of a peer, which has no password.</summary>
    /// <exception cref="IOException">Redis refused it, or cannot be reached.</exception>
    public static Task<string> RunAsync(int port, params string[] command) => RunAsync(port, null, command);

    /// <summary>For the cluster's, whose password is in the variable <c>REDIS_PASSWORD</c>.</summary>
    /// <inheritdoc cref="RunAsync(int, string[])"/>
    public static Task<string> OfClusterAsync(int port, params string[] command)
        => RunAsync(port, Environment.GetEnvironmentVariable("REDIS_PASSWORD"), command);

    private static async Task<string> RunAsync(int port, string? password, string[] command)
    {
        var start = new ProcessStartInfo("redis-cli", ["-e", "-h", "127.0.0.1", "-p", $"{port}", .. command]);
        if (password is not null) start.Environment["REDISCLI_AUTH"] = password;
        return (await Processes.RunAsync(start)).Demand().Trim();
    }
}
