using Microsoft.Extensions.Options;
using PyTake.Jobs;
using PyTake.Nodes;
using PyTake.Realtime;

namespace PyTake.Operations;

/// <summary>
/// Takes a node out of service without interrupting its users: it reports not ready, its work is finished or released to other nodes, its
/// clients are moved to other nodes at different moments, and it stops listening. Only then does the host stop, at which SignalR would
/// close all clients at once.
/// </summary>
internal sealed partial class Drain(
    Readiness readiness, IEnumerable<IHostedService> services, SocketMover clients, Listeners listeners, LastRequests requests,
    IOptions<DrainOptions> options, TimeProvider time, ILogger<Drain> logger)
{
    /// <summary>Returns when this node is no longer in use, or when the time limit is reached.</summary>
    /// <param name="hurry">Cuts the drain short.</param>
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

    // The proxy finds out by a refused connection: then no request has been sent, so any request may go to another node. Until then
    // keep-alive connections still serve requests, so that hardly any new connection is being opened when the node stops listening.
    private async Task StopListeningAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(options.Value.ListenFor, time, cancellationToken);
        await listeners.UnbindAsync();
        requests.CloseConnections();
        await requests.WhenQuietAsync(options.Value.Quiet, cancellationToken);
    }

    [LoggerMessage(8001, LogLevel.Information, "Draining: this node takes no new work and moves its clients to other nodes")]
    private partial void LogBegun();

    [LoggerMessage(8002, LogLevel.Information, "Drained after {Seconds:0.0} s")]
    private partial void LogDone(double seconds);

    [LoggerMessage(8003, LogLevel.Warning, "The drain was cut short after {Seconds:0.0} s; the remaining clients reconnect to other nodes")]
    private partial void LogCutShort(double seconds);
}
