using Microsoft.AspNetCore.SignalR;

namespace PyTake.Realtime;

/// <summary>Why the server closes a connection.</summary>
internal enum CloseReason
{
    /// <summary>Its token expired; the client reconnects with a fresh one.</summary>
    TokenExpired,
    /// <summary>Its session has ended, or its user may no longer connect.</summary>
    SessionOver,
    /// <summary>It kept calling over the limit.</summary>
    TooManyCalls,
    /// <summary>The node is draining and the client did not leave by itself; it reconnects elsewhere.</summary>
    Draining,
}

/// <summary>Closes connections after telling the client why.</summary>
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
