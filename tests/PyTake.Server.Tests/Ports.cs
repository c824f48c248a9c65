using System.Net;
using System.Net.Sockets;

namespace PyTake;

/// <summary>Ports for servers that tests start.</summary>
public static class Ports
{
    // Below what Linux gives to outgoing connections, and above what infra/test takes; tests of one run are in one process.
    private const int First = 31_100, Last = 32_700;
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>A free port that no other test of this run was given.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref _next) % (Last - First);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // It is taken.
            }
        }
    }
}
