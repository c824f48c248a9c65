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

    public async ValueTask DisposeAsync() => await KillAsync();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
