namespace PyTake.SocketIo.Engine;

/// <summary>Why a request is refused, with the reference implementation's code.</summary>
internal sealed record EngineError(int Code, string Message)
{
    public static readonly EngineError UnknownTransport = new(0, "Transport unknown");
    public static readonly EngineError UnknownSession = new(1, "Session ID unknown");
    public static readonly EngineError BadMethod = new(2, "Bad handshake method");
    public static readonly EngineError BadRequest = new(3, "Bad request");
    public static readonly EngineError UnsupportedVersion = new(5, "Unsupported protocol version");

    public Task WriteAsync(HttpContext http, int status = StatusCodes.Status400BadRequest)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(new { code = Code, message = Message });
    }
}
