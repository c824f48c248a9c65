using PyTake.Http;

namespace PyTake.Operations;

/// <summary>The requests that reach a node which leaves: new sockets are sent elsewhere, and connections end with their answer.</summary>
internal sealed class LastRequests(TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private volatile bool _refusesSockets, _closes;
    private long _lastAt;

    /// <summary>From now on nobody opens a socket here; what is in front of the node tries another.</summary>
    public void RefuseSockets() => _refusesSockets = true;

    /// <summary>From now on each answer says that its connection is not kept.</summary>
    public void CloseConnections()
    {
        Volatile.Write(ref _lastAt, time.GetTimestamp());
        _closes = true;
    }

    /// <summary>Waits until there was no request for so long.</summary>
    public async Task WhenQuietAsync(TimeSpan quiet, CancellationToken cancellationToken)
    {
        while (time.GetElapsedTime(Volatile.Read(ref _lastAt)) < quiet) await Task.Delay(Look, time, cancellationToken);
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!_refusesSockets) return next(context);
        if (_closes) Close(context);
        return OpensSocket(context.Request)
            ? ApiErrors.Error(503, "This node is going away, connect again").ExecuteAsync(context)
            : next(context);
    }

    private void Close(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        // Who only looks whether the node lives does not keep it alive.
        if (!context.Request.Path.StartsWithSegments("/health")) Volatile.Write(ref _lastAt, time.GetTimestamp());
    }

    // What belongs to a connection carries its id: SignalR's is id, Socket.IO's sid.
    private static bool OpensSocket(HttpRequest request)
        => request.Path.StartsWithSegments("/hubs") ? !request.Query.ContainsKey("id")
            : request.Path.StartsWithSegments("/socket.io") && !request.Query.ContainsKey("sid");
}
