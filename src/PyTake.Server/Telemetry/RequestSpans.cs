using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace PyTake.Telemetry;

/// <summary>
/// Adds to a request's span what ASP.NET Core does not before version 11: the route and the status (opentelemetry.io, semantic conventions,
/// HTTP spans). No span has the query, because it holds the token of a socket.
/// </summary>
internal static class RequestSpans
{
    public static async Task CompleteAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { Recorded: true } span) Complete(span, context);
        }
    }

    private static void Complete(Activity span, HttpContext context)
    {
        // The exception handler clears the endpoint.
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerPathFeature>()?.Endpoint;
        var (route, status) = (endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route, context.Response.StatusCode);
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.route", route).SetTag("http.response.status_code", status);
        if (status >= 500) span.SetStatus(ActivityStatusCode.Error);
    }
}
