using Microsoft.AspNetCore.SignalR;

namespace PyTake.Realtime;

/// <summary>Why a connection is ended by the server.</summary>
internal enum CloseReason
{
    /// <summary>Its token expired; the client comes back with a fresh one.</summary>
    TokenExpired,
    /// <summary>Its session is over, or its user may not be here any more.</summary>
    SessionOver,
    /// <summary>Its calls were over the limit and went on.</summary>
    TooManyCalls,
    /// <summary>The node goes away, and it did not go by itself; it comes back elsewhere.</summary>
    Draining,
}

/// <summary>Ends connections, and tells them why first.</summary>
internal sealed partial class SocketCloser(IHubContext<ChatHub> hub, RealtimeMetrics metrics, ILogger<SocketCloser> logger)
{
    public void Close(ChatSocket socket, CloseReason reason)
    {
        if (!socket.TryClose()) return;
        metrics.Closed(reason);
        LogClosed(socket.Id, reason);
        if (ErrorOf(reason) is { } error) _ = hub.Clients.Client(socket.Id).SendAsync(ChatEvents.Error, error);
        if (reason is CloseReason.TokenExpired or CloseReason.Draining) socket.Release();
        else socket.Abort();
    }

    private static ErrorEvent? ErrorOf(CloseReason reason) => reason switch
    {
        CloseReason.TokenExpired => new("The token has expired", "token_expired"),
        CloseReason.SessionOver => new("The session is over", "unauthorized"),
        CloseReason.TooManyCalls => new("Too many calls", "rate_limit_exceeded"),
        _ => null,
    };

    [LoggerMessage(2040, LogLevel.Information, "Connection {ConnectionId} is closed: {Reason}")]
    private partial void LogClosed(string connectionId, CloseReason reason);
}
