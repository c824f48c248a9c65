using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PyTake;

/// <summary>
/// A test's own Redis, which can be stopped and started again: a container if a Docker engine is running, otherwise a
/// process.
/// </summary>
public abstract class PrivateRedis : IAsyncDisposable
{
    /// <summary>The port it listens on, also after a restart.</summary>
    protected int Port { get; } = Ports.Free();

    /// <summary>host:port</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>The setting that makes a node use it.</summary>
    public (string, string) Setting => ("ConnectionStrings:Redis", Address);

    public static async Task<PrivateRedis> StartAsync()
    {
        var redis = await MakeAsync();
        await redis.StartAgainAsync();
        return redis;
    }

    /// <summary>Starts it again on the same port, without data.</summary>
    public async Task StartAgainAsync()
    {
        await LaunchAsync();
        await Wait.Until(AnswersAsync);
    }

    /// <summary>Kills it, without closing its connections properly.</summary>
    public abstract Task KillAsync();

    /// <summary>Suspends it: connections stay open, and nothing answers.</summary>
    public abstract Task FreezeAsync();

    /// <summary>Resumes it.</summary>
    public abstract Task ThawAsync();

    /// <summary>Sends one command.</summary>
    /// <returns>The beginning of its answer.</returns>
    public async Task<string> CommandAsync(string command) => (await CommandsAsync(command))[0];

    /// <summary>Sends commands on one connection, each after the answer to the last.</summary>
    /// <returns>The beginnings of the answers.</returns>
    public async Task<string[]> CommandsAsync(params string[] commands)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        await using var stream = socket.GetStream();
        var answers = new List<string>();
        var answer = new byte[256];
        foreach (var command in commands)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
            answers.Add(Encoding.ASCII.GetString(answer, 0, await stream.ReadAtLeastAsync(answer, 1)));
        }
        return [.. answers];
    }

    public abstract ValueTask DisposeAsync();

    protected abstract Task LaunchAsync();

    private static async Task<PrivateRedis> MakeAsync() => await DockerEngine.HasRedisAsync() ? new RedisInContainer() : new RedisProcess();

    // A connection alone proves nothing: a container's port is open before Redis listens inside.
    private async Task<bool> AnswersAsync()
    {
        try
        {
            return (await CommandAsync("PING")).StartsWith("+PONG", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
