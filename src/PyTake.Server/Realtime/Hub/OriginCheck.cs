using Microsoft.Extensions.Options;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Realtime;

/// <summary>
/// Browsers let any page open a WebSocket to any host, and send cookies with it; they only name the page's site in Origin. So the
/// origin is checked, at the negotiation and at the upgrade. A client that sends no Origin is not a browser.
/// </summary>
internal sealed partial class OriginCheck(RequestDelegate next, IOptions<RealtimeOptions> options, ILogger<OriginCheck> logger)
{
    private readonly string[] _allowed = options.Value.AllowedOrigins;

    public Task InvokeAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || IsAllowed(origin, context.Request.Host)) return next(context);
        LogRefused(origin);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsJsonAsync(ErrorBody.Of(403, "Connections from this site are not allowed", "http_error"), Wire.Options);
    }

    private bool IsAllowed(string origin, HostString host)
        => _allowed.Length > 0 ? _allowed.Contains(origin, StringComparer.OrdinalIgnoreCase) : IsSameHost(origin, host);

    // A proxy may pass the host without its port; then only the names are compared.
    private static bool IsSameHost(string origin, HostString host)
        => Uri.TryCreate(origin, UriKind.Absolute, out var site)
            && string.Equals(site.Host, host.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
            && (host.Port is null || host.Port == site.Port);

    [LoggerMessage(2060, LogLevel.Warning, "A connection from {Origin} was refused")]
    private partial void LogRefused(string origin);
}
