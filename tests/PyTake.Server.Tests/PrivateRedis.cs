using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PyTake;

/// <summary>
/// A Redis of a test's own, to be taken away and given back: a container where a Docker engine answers, and a
/// process where it does not.
/// </summary>
public abstract class PrivateRedis : IAsyncDisposable
{
    /// <summary>Where it listens, for all its life.</summary>
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

    /// <summary>Starts it, empty, where it was.</summary>
    public async Task StartAgainAsync()
    {
        await LaunchAsync();
        await Wait.Until(AnswersAsync);
    }

    /// <summary>Kills it: nothing is said to anybody.</summary>
    public abstract Task KillAsync();

    /// <summary>Stops it where it stands: connections stay, and nothing answers.</summary>
    public abstract Task FreezeAsync();

    /// <summary>Lets it go on.</summary>
    public abstract Task ThawAsync();

    /// <summary>Sends one command.</summary>
    /// <returns>How its answer begins.</returns>
    public async Task<string> CommandAsync(string command) => (await CommandsAsync(command))[0];

    /// <summary>Sends commands on one connection, each after the answer to the last.</summary>
    /// <returns>How the answers begin.</returns>
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

    // More than a connection: a container's port is open before anybody listens inside.
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
