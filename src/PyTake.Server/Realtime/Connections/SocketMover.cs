using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using PyTake.Nodes;

namespace PyTake.Realtime;

/// <summary>
/// Moves this node's clients to other nodes. Each client is given its own moment to reconnect; one that is still here some time after it,
/// because it does not know the event, is closed so that it reconnects on its own.
/// </summary>
internal sealed partial class SocketMover(
    ChatSockets sockets, SocketCloser closer, IHubContext<ChatHub> hub, IOptions<DrainOptions> options, TimeProvider time, ILogger<SocketMover> logger)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when no client is left.</summary>
    public async Task MoveAllAsync(CancellationToken cancellationToken)
    {
        // Repeated for connections that were being admitted when it began.
        while (sockets.Count > 0) await MoveAsync([.. sockets.All], cancellationToken);
    }

    /// <summary>Asks a client to reconnect to another node.</summary>
    /// <param name="at">When, counted from now.</param>
    public void RequestReconnect(ChatSocket client, TimeSpan at)
        => _ = hub.Clients.Client(client.Id).SendAsync(ChatEvents.ServerDraining, new DrainingEvent((int)at.TotalMilliseconds));

    /// <summary>The time over which this many clients are spread.</summary>
    internal static TimeSpan Window(int clients, DrainOptions options)
    {
        var window = TimeSpan.FromSeconds((double)clients / options.ClientsPerSecond);
        return window < options.LongestWindow ? window : options.LongestWindow;
    }

    private async Task MoveAsync(ChatSocket[] clients, CancellationToken cancellationToken)
    {
        var window = Window(clients.Length, options.Value);
        LogMoving(clients.Length, window.TotalSeconds);
        var began = time.GetTimestamp();
        var moments = clients.Select(client => (Client: client, At: window * Random.Shared.NextDouble())).OrderBy(m => m.At).ToArray();
        foreach (var (client, at) in moments) RequestReconnect(client, at);
        foreach (var (client, at) in moments)
        {
            while (IsHere(client) && time.GetElapsedTime(began) < at + options.Value.Patience) await Task.Delay(CheckInterval, time, cancellationToken);
            if (IsHere(client)) closer.Close(client, CloseReason.Draining);
        }
        // Closed connections take a moment to disappear.
        await Task.Delay(CheckInterval, time, cancellationToken);
    }

    private bool IsHere(ChatSocket client) => sockets.Find(client.Id) is not null;

    [LoggerMessage(2042, LogLevel.Information, "{Count} clients are asked to reconnect elsewhere within {Seconds:0.0} s")]
    private partial void LogMoving(int count, double seconds);
}
