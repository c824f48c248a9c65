using PyTake.Http;
using PyTake.Json;

namespace PyTake.Realtime;

/// <summary>
/// Refuses upgrades by HTTP/1.0, which has none (RFC 9110, section 7.8): a proxy that speaks it would take what follows for another request of its own
/// (request smuggling), while Kestrel would open a WebSocket.
/// </summary>
internal sealed class UpgradeCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!HttpProtocol.IsHttp10(context.Request.Protocol) || context.Request.Headers.Upgrade.Count == 0) return next(context);
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return context.Response.WriteAsJsonAsync(ErrorBody.Of(400, "An upgrade needs HTTP/1.1", "http_error"), Wire.Options);
    }
}
