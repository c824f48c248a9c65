using Microsoft.Extensions.Options;
using PyTake.Hosting;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Asks clients to move to other nodes while this one has many more than its share. Connections last for hours, so a node that was just
/// added, or restarted last in a rollout, would otherwise stay nearly empty for as long. Clients that do not know the event stay.
/// </summary>
internal sealed partial class SocketBalancer(
    NodeRegistry nodes, ChatSockets sockets, SocketMover mover, IOptions<RealtimeOptions> options, TimeProvider time,
    Supervisor supervisor, ILogger<SocketBalancer> logger) : NodeService(supervisor)
{
    // Nodes differ a little by chance, and moving clients is not free.
    private const double Tolerated = 1.1;
    private const int ToleratedClients = 10;

    // If moving does not help, as behind a proxy that weights nodes unequally on purpose, the pauses double up to this many.
    private const int MostPauses = 360;

    /// <inheritdoc/>
    protected override IReadOnlyList<Loop> Loops => [BalanceAsync];

    private async Task BalanceAsync(CancellationToken stoppingToken)
    {
        for (var (pauses, before, asked) = (1, 0, 0); ;)
        {
            await Task.Delay(options.Value.BalanceEvery * pauses, time, stoppingToken);
            var hasHelped = asked == 0 || sockets.Count < before - asked / 4;
            pauses = hasHelped ? 1 : Math.Min(MostPauses, pauses * 2);
            (before, asked) = (sockets.Count, Move());
        }
    }

    /// <summary>How many clients this node has beyond its share; 0 if within tolerance.</summary>
    internal static int Excess(string self, IReadOnlyCollection<NodeInfo> live)
    {
        // A node without clients may not be reachable for them: it may run workers only.
        var taking = live.Where(node => node.Ready && Clients(node) > 0).ToArray();
        if (taking.FirstOrDefault(node => node.Id == self) is not { } here) return 0;
        var (own, share) = (Clients(here), taking.Average(Clients));
        return own > share * Tolerated + ToleratedClients ? (int)(own - share) : 0;
    }

    private static int Clients(NodeInfo node) => node.Connections.Values.Sum();

    /// <returns>How many clients it asked.</returns>
    private int Move()
    {
        var most = (int)(options.Value.BalancePerSecond * options.Value.BalanceEvery.TotalSeconds);
        ChatSocket[] chosen = [.. sockets.All.Where(socket => !socket.IsMoving).Take(Math.Min(most, Excess(nodes.Id, nodes.Live)))];
        foreach (var socket in chosen)
        {
            socket.IsMoving = true;
            mover.RequestReconnect(socket, options.Value.BalanceEvery * Random.Shared.NextDouble());
        }
        if (chosen.Length > 0) LogMoving(chosen.Length, sockets.Count);
        return chosen.Length;
    }

    [LoggerMessage(2043, LogLevel.Information, "{Count} of {Clients} clients are asked to reconnect: other nodes have fewer")]
    private partial void LogMoving(int count, int clients);
}
