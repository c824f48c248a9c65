namespace PyTake.Http;

/// <summary>
/// What a browser may do with a response that does not say otherwise: not store it, not guess its type, run nothing in it, not frame it, and not tell other
/// sites its address. Pages for people set policies of their own. Strict-Transport-Security is left to nginx, where TLS ends.
/// </summary>
internal static class SecurityHeaders
{
    private const string NothingRuns = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Must come before the error handler, which starts a response anew.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        context.Response.OnStarting(AddMissing, context.Response);
        return next(context);
    });

    private static Task AddMissing(object response)
    {
        var headers = ((HttpResponse)response).Headers;
        if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
        if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = NothingRuns;
        if (headers.XFrameOptions.Count == 0) headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        return Task.CompletedTask;
    }
}
