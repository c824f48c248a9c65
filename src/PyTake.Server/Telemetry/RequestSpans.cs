using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace PyTake.Telemetry;

/// <summary>
/// What a request's span does not say before ASP.NET Core 11: the route and what became of it (opentelemetry.io, semantic conventions,
/// HTTP spans). The query is in no span, because sockets have their token there.
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
        // Whoever handles an exception takes the endpoint away.
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerPathFeature>()?.Endpoint;
        var (route, status) = (endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route, context.Response.StatusCode);
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.route", route).SetTag("http.response.status_code", status);
        if (status >= 500) span.SetStatus(ActivityStatusCode.Error);
    }
}
