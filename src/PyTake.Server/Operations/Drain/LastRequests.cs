using PyTake.Http;

namespace PyTake.Operations;

/// <summary>Handles the requests that reach a draining node: new sockets are refused, and connections close after their next response.</summary>
internal sealed class LastRequests(TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private volatile bool _refusesSockets, _closes;
    private long _lastAt;

    /// <summary>From now on new sockets are refused; the proxy tries another node.</summary>
    public void RefuseSockets() => _refusesSockets = true;

    /// <summary>From now on each response closes its connection.</summary>
    public void CloseConnections()
    {
        Volatile.Write(ref _lastAt, time.GetTimestamp());
        _closes = true;
    }

    /// <summary>Waits until no request has arrived for this long.</summary>
    public async Task WhenQuietAsync(TimeSpan quiet, CancellationToken cancellationToken)
    {
        while (time.GetElapsedTime(Volatile.Read(ref _lastAt)) < quiet) await Task.Delay(PollInterval, time, cancellationToken);
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
        // Health checks do not prolong the drain.
        if (!context.Request.Path.StartsWithSegments("/health")) Volatile.Write(ref _lastAt, time.GetTimestamp());
    }

    // Requests of an existing connection carry its id: id for SignalR, sid for Socket.IO.
    private static bool OpensSocket(HttpRequest request)
        => request.Path.StartsWithSegments("/hubs") ? !request.Query.ContainsKey("id")
            : request.Path.StartsWithSegments("/socket.io") && !request.Query.ContainsKey("sid");
}
