using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Media;

/// <summary>Files up and down (CONTRACT, section 4, Media).</summary>
internal static class MediaEndpoints
{
    public const string Path = "/api/v1/media";

    // The largest document and the envelope around it.
    private const long MostBytes = WhatsAppLimits.Largest + 1024 * 1024;
    private const int MostSections = 16;

    // A page may show these: none of them can run anything.
    private static readonly string[] Safe = ["image/jpeg", "image/png", "image/webp", "image/gif"];

    public static string UrlOf(Guid mediaId) => $"{Path}/{mediaId}";

    public static void MapMedia(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Path).WithTags("media");
        group.MapPost("/", Receive).RequireAuthorization(Policies.Write).WithMetadata(new RequestSizeLimitAttribute(MostBytes))
            .Accepts<IFormFile>("multipart/form-data").Produces<Upload>(201).ProducesErrors(413, 415, 422, 429, 503)
            .WithSummary("Uploads a file, the field file of a multipart body, to be sent by its media_id");
        group.MapMethods("/{mediaId:guid}", ["GET", "HEAD"], Send).RequireAuthorization(Policies.Media)
            .Produces(200, contentType: "application/octet-stream").Produces(206).Produces(304).ProducesErrors(404, 416, 503)
            .WithSummary("A file, by the access token or by the cookie pytake_media; with size=thumbnail a small picture of an image");
    }

    private static async Task<Results<Created<Upload>, JsonHttpResult<ErrorBody>>> Receive(
        HttpRequest request, Caller caller, ReceiveUpload receive, UploadQuota quota, HttpResponse response, CancellationToken cancellationToken)
    {
        if (Boundary(request) is not { } boundary) return ApiErrors.Error(415, "The body must be multipart/form-data");
        using var room = quota.TryEnter(caller.OrganizationId, Math.Min(request.ContentLength ?? MostBytes, MostBytes));
        if (room is null) return TooMany(response, "Too many uploads are under way, try again in a moment", seconds: 5);
        if (request.ContentLength > MostBytes) return ApiErrors.Error(413, "WhatsApp takes at most 100 MB", new() { ["limit"] = WhatsAppLimits.Largest });
        try
        {
            var reader = new MultipartReader(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 * 1024 };
            for (var i = 0; i < MostSections && await reader.ReadNextSectionAsync(cancellationToken) is { } section; i++)
            {
                if (section.GetContentDispositionHeader() is not { } disposition || !disposition.Name.Equals("file", StringComparison.Ordinal)) continue;
                var outcome = await receive.RunAsync(caller, section.Body, NameOf(disposition), cancellationToken);
                if (outcome.Is(out var upload, out var refusal)) return TypedResults.Created(upload.Url, upload);
                return refusal.Status == 429 ? TooMany(response, refusal.Message, seconds: 3600) : refusal.ToError();
            }
        }
        catch (StorageException)
        {
            return Away();
        }
        // The envelope is broken, or ends before it should.
        catch (Exception exception) when (exception is InvalidDataException || exception is IOException and not BadHttpRequestException)
        {
            return ApiErrors.Invalid("file", "is not whole");
        }
        return ApiErrors.Invalid("file", "is required");
    }

    private static async Task<IResult> Send(
        Guid mediaId, Caller caller, MediaStore store, IFileStorage storage, Thumbnails thumbnails, HttpContext context, string? size = null, string? download = null,
        CancellationToken cancellationToken = default)
    {
        if (size is not (null or "thumbnail")) return ApiErrors.Invalid([new(["query", "size"], "must be thumbnail", "value_error")]);
        if (await store.FindAsync(caller.OrganizationId, mediaId, cancellationToken) is not { } found) return ApiErrors.NotFound("File");
        try
        {
            return size is null
                ? await WholeAsync(found, storage, download is not (null or "0"), context, cancellationToken)
                : await ThumbnailAsync(found, thumbnails, context, cancellationToken);
        }
        catch (StorageException)
        {
            context.Response.Headers.Remove(HeaderNames.ContentDisposition);
            context.Response.Headers.CacheControl = "no-store";
            return Away();
        }
    }

    private static async Task<IResult> WholeAsync(FoundMedia found, IFileStorage storage, bool download, HttpContext context, CancellationToken cancellationToken)
    {
        var file = found.File;
        var isShown = !download && (Safe.Contains(file.MimeType) || IsHeard(file.MimeType));
        Guard(context.Response, $"\"{Convert.ToHexStringLower(file.Sha256)}\"");
        context.Response.Headers.ContentDisposition = Disposition(isShown, found.Filename ?? $"file{EndingOf(file.MimeType)}");
        context.Response.Headers.AcceptRanges = "bytes";
        if (IsKnown(context)) return TypedResults.StatusCode(304);
        if (Range(context.Request, file) is not var (from, to)) return Unsatisfiable(context.Response, file.Size);

        var isPart = (from, to) != (0, file.Size - 1);
        context.Response.ContentType = file.MimeType;
        context.Response.ContentLength = to - from + 1;
        if (isPart)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = new ContentRangeHeaderValue(from, to, file.Size).ToString();
        }
        if (HttpMethods.IsHead(context.Request.Method)) return Results.Empty;
        await using var content = await storage.OpenAsync(file.Name, from, to, cancellationToken)
            ?? throw new StorageException($"There is no object of file {file.Id}");
        await CopyAsync(content, context, cancellationToken);
        return Results.Empty;
    }

    private static async Task<IResult> ThumbnailAsync(FoundMedia found, Thumbnails thumbnails, HttpContext context, CancellationToken cancellationToken)
    {
        await using var content = await thumbnails.OpenAsync(found.File, cancellationToken);
        if (content is null) return ApiErrors.NotFound("Thumbnail");
        Guard(context.Response, $"\"{Convert.ToHexStringLower(found.File.Sha256)}-thumbnail\"");
        context.Response.Headers.ContentDisposition = "inline";
        if (IsKnown(context)) return TypedResults.StatusCode(304);
        context.Response.ContentType = Thumbnails.MimeType;
        if (HttpMethods.IsHead(context.Request.Method)) return Results.Empty;
        await CopyAsync(content, context, cancellationToken);
        return Results.Empty;
    }

    private static async Task CopyAsync(Stream content, HttpContext context, CancellationToken cancellationToken)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await content.CopyToAsync(context.Response.Body, 64 * 1024, cancellationToken);
        }
        // The headers are out: a connection that breaks is the only way to say that it is not whole.
        catch (Exception exception) when (exception is IOException or OperationCanceledException or HttpRequestException)
        {
            context.Abort();
        }
    }

    // The content never changes under an id, but the right to see it ends: it is kept for an hour, and asked for by its tag afterwards.
    private static void Guard(HttpResponse response, string tag)
    {
        response.Headers.CacheControl = "private, max-age=3600";
        response.Headers.Vary = "Cookie, Authorization";
        response.Headers.ETag = tag;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static bool IsKnown(HttpContext context)
        => context.Request.GetTypedHeaders().IfNoneMatch is { Count: > 0 } known
            && known.Any(tag => tag == EntityTagHeaderValue.Any || tag.Compare(new EntityTagHeaderValue(context.Response.Headers.ETag.ToString()), useStrongComparison: false));

    // One range; of several, or of another version, the whole. Null where it lies outside.
    private static (long From, long To)? Range(HttpRequest request, StoredFile file)
    {
        var whole = (0L, file.Size - 1);
        var headers = request.GetTypedHeaders();
        if (headers.Range is not { Ranges: { Count: 1 } ranges } || headers.Range.Unit != "bytes") return whole;
        if (headers.IfRange is { } condition && condition.EntityTag?.ToString() != $"\"{Convert.ToHexStringLower(file.Sha256)}\"") return whole;
        var range = ranges.First();
        var (from, to) = range switch
        {
            { From: { } first } => (first, Math.Min(range.To ?? long.MaxValue, file.Size - 1)),
            { To: { } last } => (Math.Max(0, file.Size - last), last == 0 ? -1 : file.Size - 1),
            _ => whole,
        };
        return from <= to ? (from, to) : null;
    }

    private static JsonHttpResult<ErrorBody> Unsatisfiable(HttpResponse response, long size)
    {
        response.Headers.ContentRange = new ContentRangeHeaderValue(size).ToString();
        response.Headers.Remove(HeaderNames.ContentDisposition);
        return ApiErrors.Error(416, "The range lies outside of the file");
    }

    // RFC 6266: an ASCII name for old programs, and the whole one as RFC 5987 encodes it.
    private static string Disposition(bool isShown, string filename)
    {
        var disposition = new ContentDispositionHeaderValue(isShown ? "inline" : "attachment");
        disposition.SetHttpFileName(filename);
        return disposition.ToString();
    }

    private static bool IsHeard(string mimeType)
        => mimeType.StartsWith("audio/", StringComparison.Ordinal) || mimeType.StartsWith("video/", StringComparison.Ordinal);

    private static string EndingOf(string mimeType) => mimeType switch
    {
        "image/jpeg" => ".jpg",
        "audio/mpeg" => ".mp3",
        "audio/mp4" => ".m4a",
        "video/3gpp" => ".3gp",
        "video/quicktime" => ".mov",
        "text/plain" => ".txt",
        "application/msword" => ".doc",
        "application/vnd.ms-excel" => ".xls",
        "application/vnd.ms-powerpoint" => ".ppt",
        _ when mimeType.EndsWith(".document", StringComparison.Ordinal) => ".docx",
        _ when mimeType.EndsWith(".sheet", StringComparison.Ordinal) => ".xlsx",
        _ when mimeType.EndsWith(".presentation", StringComparison.Ordinal) => ".pptx",
        "application/octet-stream" => "",
        _ => $".{mimeType[(mimeType.LastIndexOf('/') + 1)..]}",
    };

    private static string? Boundary(HttpRequest request)
        => MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 70 } boundary
            ? boundary.ToString()
            : null;

    private static string? NameOf(ContentDispositionHeaderValue disposition)
        => HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName) is { Length: > 0 } name ? name.ToString() : null;

    private static JsonHttpResult<ErrorBody> TooMany(HttpResponse response, string message, int seconds)
    {
        response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Json(ErrorBody.Of(429, message, "rate_limit_exceeded"), Wire.Options, statusCode: 429);
    }

    private static JsonHttpResult<ErrorBody> Away() => ApiErrors.Error(503, "Files cannot be used right now, try again");
}
