using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PyTake;

/// <summary>A Redis of a test's own, to be taken away and given back.</summary>
public sealed class PrivateRedis : IAsyncDisposable
{
    private readonly int _port = FreePort();
    private Process? _process;

    /// <summary>host:port</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>The setting that makes a node use it.</summary>
    public (string, string) Setting => ("ConnectionStrings:Redis", Address);

    public static async Task<PrivateRedis> StartAsync()
    {
        var redis = new PrivateRedis();
        await redis.StartAgainAsync();
        return redis;
    }

    /// <summary>Starts it, empty, where it was.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            "redis-server", ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--logfile", "/dev/null"]))!;
        await Wait.Until(async () =>
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    /// <summary>Kills it: nothing is said to anybody.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Sends one command and waits for its answer.</summary>
    public async Task CommandAsync(string command)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\r\n"));
        await stream.ReadAtLeastAsync(new byte[256], 1);
    }

    /// <summary>Stops it where it stands: connections stay, and nothing answers.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>Lets it go on.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
