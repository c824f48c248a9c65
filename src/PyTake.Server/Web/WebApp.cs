using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.Web;

/// <summary>
/// Serves the built web app from memory: its files by their paths, and its page for every other path, for client-side routing. Paths of
/// the API and of socket endpoints are never answered here, whether they exist or not.
/// </summary>
internal sealed partial class WebApp
{
    private const string Index = "/index.html";

    // Everything that the app loads comes from its own origin, or was picked or recorded in the page (blob:). Other sites may not frame it.
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly PathString[] Others = ["/api", "/hubs", "/socket.io", "/health", "/metrics", "/openapi", "/hangfire"];

    private readonly RequestDelegate _next;
    private readonly FrozenDictionary<string, WebAsset> _assets;

    public WebApp(RequestDelegate next, IOptions<WebOptions> options, IWebHostEnvironment environment, ILogger<WebApp> logger)
    {
        _next = next;
        var root = Path.Combine(environment.ContentRootPath, options.Value.Root);
        _assets = File.Exists(root + Index) ? Read(root) : FrozenDictionary<string, WebAsset>.Empty;
        if (_assets.Count == 0) LogNone(logger, root);
    }

    public Task InvokeAsync(HttpContext context)
        => context.GetEndpoint() is null && Find(context.Request) is { } asset ? WriteAsync(context, asset) : _next(context);

    private WebAsset? Find(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return null;
        if (_assets.Count == 0 || Others.Any(other => request.Path.StartsWithSegments(other))) return null;
        var path = request.Path.Value ?? "/";
        if (_assets.TryGetValue(path, out var asset)) return asset;
        // A missing file is a 404: a browser would take the page for the missing script.
        return Path.HasExtension(path) ? null : _assets[Index];
    }

    private static async Task WriteAsync(HttpContext context, WebAsset asset)
    {
        var coding = asset.Codings.First(c => c.Encoding is null || Accepts(context.Request, c.Encoding));
        var (response, headers) = (context.Response, context.Response.Headers);
        headers.CacheControl = asset.CacheControl;
        headers.ETag = coding.ETag;
        // Also of a picture or a script, which a browser can open on its own.
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        if (asset.Codings.Count > 1) headers.Vary = HeaderNames.AcceptEncoding;
        if (asset.ContentType.StartsWith("text/html", StringComparison.Ordinal)) Guard(headers);
        if (context.Request.Headers.IfNoneMatch.Any(known => known?.Contains(coding.ETag) is true))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        if (coding.Encoding is not null) headers.ContentEncoding = coding.Encoding;
        response.ContentType = asset.ContentType;
        response.ContentLength = coding.Bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await response.Body.WriteAsync(coding.Bytes, context.RequestAborted);
    }

    private static void Guard(IHeaderDictionary headers)
    {
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=()";
    }

    private static bool Accepts(HttpRequest request, string encoding)
        => StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)
            && accepted.Any(a => a.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && a.Quality is not 0);

    private static FrozenDictionary<string, WebAsset> Read(string root) => Directory
        .EnumerateFiles(root, "*", SearchOption.AllDirectories)
        .Where(file => !WebAsset.IsCopy(file))
        .Select(file => (File: file, Path: "/" + Path.GetRelativePath(root, file).Replace('\\', '/')))
        .ToFrozenDictionary(f => f.Path, f => WebAsset.Read(f.File, isHashed: f.Path.StartsWith("/assets/", StringComparison.Ordinal)));

    [LoggerMessage(7101, LogLevel.Information, "There is no web app in {Root}: this node serves the API alone")]
    private static partial void LogNone(ILogger logger, string root);
}
