using Microsoft.Extensions.Options;
using PyTake.Jobs;
using PyTake.Nodes;
using PyTake.Realtime;

namespace PyTake.Operations;

/// <summary>
/// How a node leaves while everybody goes on: it is not ready any more, its work is stopped or given back, its clients go to other nodes
/// at moments of their own, and nobody connects any more. The host stops when all that is done; SignalR would close every client at
/// once there.
/// </summary>
internal sealed partial class Drain(
    Readiness readiness, IEnumerable<IHostedService> services, SocketMover clients, Listeners listeners, LastRequests requests,
    IOptions<DrainOptions> options, TimeProvider time, ILogger<Drain> logger)
{
    /// <summary>Returns when nobody needs this node, or when the longest time is over.</summary>
    /// <param name="hurry">Ends it sooner.</param>
    public async Task RunAsync(CancellationToken hurry)
    {
        var started = time.GetTimestamp();
        using var limit = new CancellationTokenSource(options.Value.Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, hurry);
        LogBegun();
        readiness.Drain();
        requests.RefuseSockets();
        try
        {
            await Task.WhenAll(StopWorkAsync(either.Token), clients.MoveAllAsync(either.Token), StopListeningAsync(either.Token));
            LogDone(time.GetElapsedTime(started).TotalSeconds);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            LogCutShort(time.GetElapsedTime(started).TotalSeconds);
        }
    }

    private Task StopWorkAsync(CancellationToken cancellationToken)
        => Task.WhenAll(services.OfType<IWork>().Select(work => work.StopAsync(cancellationToken)));

    // What is in front finds out by a connection that is refused: then no request has been sent, and any kind may go to another node. To
    // begin with, connections that are kept go on taking requests, so that hardly anybody connects at the moment when that ends.
    private async Task StopListeningAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(options.Value.ListenFor, time, cancellationToken);
        await listeners.UnbindAsync();
        requests.CloseConnections();
        await requests.WhenQuietAsync(options.Value.Quiet, cancellationToken);
    }

    [LoggerMessage(8001, LogLevel.Information, "This node leaves: it takes no new work and sends its clients to others")]
    private partial void LogBegun();

    [LoggerMessage(8002, LogLevel.Information, "Everybody has gone after {Seconds:0.0} s")]
    private partial void LogDone(double seconds);

    [LoggerMessage(8003, LogLevel.Warning, "The drain was cut short after {Seconds:0.0} s; who is still here comes back elsewhere")]
    private partial void LogCutShort(double seconds);
}
