using System.Net;
using System.Net.Sockets;

namespace PyTake;

/// <summary>Ports for servers that tests start.</summary>
public static class Ports
{
    // Below Linux's range for outgoing connections, and above the ports of infra/test; all tests of a run share one process.
    private const int First = 31_100, Last = 32_700;
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>A free port that no other test of this run has got.</summary>
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
                // The port is in use.
            }
        }
    }
}
