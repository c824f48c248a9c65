using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;

namespace PyTake.SocketIo.Engine;

/// <summary>Engine.IO's single URL: opens sessions and passes requests to their transports.</summary>
internal sealed class EngineEndpoint(EngineSessions sessions, Func<EngineSession, IEngineListener> listen)
{
    private static readonly string[] ToWebSocket = ["websocket"];
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    public Task InvokeAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var sid = query["sid"].ToString();
        var session = sid.Length > 0 ? sessions.Find(sid) : null;
        var isWebSocket = query["transport"] == "websocket";
        if (Refuse(http, isWebSocket, sid, session) is { } refused) return refused.WriteAsync(http);
        if (isWebSocket) return session is null ? OpenWebSocketAsync(http) : UpgradeAsync(http, session);
        if (session is null) return OpenAsync(http);
        return HttpMethods.IsGet(http.Request.Method)
            ? PollingTransport.GetAsync(session, http)
            : PollingTransport.PostAsync(session, http, sessions.Options.MaxPayload);
    }

    // Checks in the order of the reference implementation, so that a request with two mistakes gets the same error.
    private static EngineError? Refuse(HttpContext http, bool isWebSocket, string sid, EngineSession? session)
    {
        var (query, method) = (http.Request.Query, http.Request.Method);
        if (!isWebSocket && query["transport"] != "polling") return EngineError.UnknownTransport;
        if (query["EIO"] != "4") return EngineError.UnsupportedVersion;
        // JSONP is refused: its responses are scripts that any page can read.
        if (query.ContainsKey("j") || isWebSocket != http.WebSockets.IsWebSocketRequest) return EngineError.BadRequest;
        if (sid.Length > 0 && session is null) return EngineError.UnknownSession;
        // HTTP/2 opens WebSockets with CONNECT.
        if (isWebSocket || HttpMethods.IsGet(method)) return null;
        return session is not null && HttpMethods.IsPost(method) ? null : EngineError.BadMethod;
    }

    private Task OpenAsync(HttpContext http)
    {
        if (Open(http, null) is { } session) return PollingTransport.WriteAsync(http, [Handshake(session, ToWebSocket)]);
        return RefuseStopping(http);
    }

    private async Task OpenWebSocketAsync(HttpContext http)
    {
        using var socket = await WebSocketTransport.AcceptAsync(http);
        if (Open(http, socket) is not { } session)
        {
            await WebSocketTransport.CloseAsync(socket, WebSocketCloseStatus.EndpointUnavailable);
            return;
        }
        _ = session.WriteAsync(Handshake(session, []));
        await WebSocketTransport.RunAsync(session, socket, sessions.Options.MaxPayload);
    }

    private async Task UpgradeAsync(HttpContext http, EngineSession session)
    {
        using var socket = await WebSocketTransport.AcceptAsync(http);
        if (await WebSocketTransport.ProbeAsync(session, socket)) await WebSocketTransport.RunAsync(session, socket, sessions.Options.MaxPayload);
        else await WebSocketTransport.CloseAsync(socket, WebSocketCloseStatus.PolicyViolation);
    }

    private EngineSession? Open(HttpContext http, WebSocket? socket) => sessions.Open(Place(http.Request), session =>
    {
        session.Listener = listen(session);
        if (socket is not null) session.Begin(socket);
    });

    // nginx chose the node by this header, which it sets itself; later requests are routed by the beginning of the session's id.
    private static string Place(HttpRequest request)
        => request.Headers["X-Request-ID"].ToString() is { Length: 32 } id && !id.AsSpan().ContainsAnyExcept(Hexadecimal) ? id : "";

    private ReadOnlyMemory<byte> Handshake(EngineSession session, string[] upgrades)
    {
        var open = JsonSerializer.SerializeToUtf8Bytes(new
        {
            sid = session.Id,
            upgrades,
            pingInterval = (long)sessions.Options.PingInterval.TotalMilliseconds,
            pingTimeout = (long)sessions.Options.PingTimeout.TotalMilliseconds,
            maxPayload = sessions.Options.MaxPayload,
        });
        return (byte[])[EnginePacket.Open, .. open, EnginePacket.Separator];
    }

    private static Task RefuseStopping(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }
}
