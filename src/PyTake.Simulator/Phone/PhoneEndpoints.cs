using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;
using PyTake.Simulator.Control;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Media;

namespace PyTake.Simulator.Phone;

/// <summary>The first event that a page receives.</summary>
/// <param name="After">The events that follow have higher numbers than this; at 0 the page discards what it knows.</param>
/// <param name="PhoneNumberId">The number that customers write to.</param>
/// <param name="DisplayPhoneNumber">That number as people read it.</param>
internal sealed record Hello(long After, string PhoneNumberId, string DisplayPhoneNumber, StatusSettings Settings, Rule[] Rules);

/// <summary>The customers' phone: its page, its event stream, and the files that customers send.</summary>
internal static class PhoneEndpoints
{
    // A document of 100 MB.
    private const long MaxUpload = 100 * 1024 * 1024;
    private const long MaxEnvelope = MaxUpload + (1024 * 1024);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    public static void AddPhone(this WebApplicationBuilder builder) => builder.Services.AddSingleton<PhoneLog>();

    /// <summary>
    /// <c>GET /_control/events</c>: server-sent events, first <c>hello</c>, then one for each thing that happened, named by its kind, and a
    /// <c>ping</c> after a while without any. <c>Last-Event-ID</c> resumes after that event. <c>POST /_control/media</c>: the body is a
    /// customer's file, its Content-Type the type, or a form with it as the field <c>file</c>. <c>GET /_control/media/{id}</c>: any file, a customer's or the company's.
    /// </summary>
    public static void MapPhone(this IEndpointRouteBuilder app)
    {
        var control = app.MapGroup("/_control");
        control.MapGet("/events", Follow);
        control.MapPost("/media", Upload);
        control.MapGet("/media/{id}", Download);
    }

    /// <summary>Serves the page at <c>/</c> from the directory <c>phone</c> beside the program, if it was built.</summary>
    public static void UsePhonePage(this WebApplication app)
    {
        var directory = Path.Combine(app.Environment.ContentRootPath, "phone");
        if (!Directory.Exists(directory))
            return;
        var files = new PhysicalFileProvider(directory);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, DefaultFileNames = ["phone.html"] });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files });
    }

    private static IResult Follow(
        HttpContext context, PhoneLog log, BusinessNumbers numbers, SettingsHolder settings, Rules rules, IHostApplicationLifetime lifetime)
    {
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var after = PlaceOf(context.Request.Headers["Last-Event-ID"], log);
        var hello = new Hello(after, numbers.Default.Id, numbers.Default.DisplayPhoneNumber, settings.Current, rules.List());
        return TypedResults.ServerSentEvents(StreamAsync(hello, log, lifetime.ApplicationStopping, context.RequestAborted));
    }

    private static long PlaceOf(string? lastEventId, PhoneLog log) =>
        lastEventId?.Split('-') is [var run, var n] && run == log.Run
        && long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && log.Reaches(place)
            ? place
            : 0;

    private static async IAsyncEnumerable<SseItem<object>> StreamAsync(
        Hello hello, PhoneLog log, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<object>(hello, "hello");
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        await using var events = log.FollowAsync(hello.After, Silence, ends.Token).GetAsyncEnumerator(CancellationToken.None);
        while (await NextAsync(events))
        {
            yield return events.Current is { } happened
                ? new SseItem<object>(happened, happened.Kind) { EventId = $"{log.Run}-{happened.N}" }
                : new SseItem<object>(new { }, "ping");
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<PhoneEvent?> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<Results<Ok<UploadedFile>, ValidationProblem>> Upload(
        HttpRequest request, MediaStore media, BusinessNumbers numbers, CancellationToken cancellationToken, string? phone_number_id = null)
    {
        request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = MaxEnvelope;
        var form = request.HasFormContentType ? await request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = MaxEnvelope }, cancellationToken) : null;
        if (form is not null && form.Files["file"] is null)
            return Refuse("file", "is missing");
        if ((form is null ? request.ContentType : form.Files["file"]!.ContentType) is not { } type || KindOf(type) is null)
            return Refuse("content_type", $"'{request.ContentType}' is not a type that customers send");
        using var content = new MemoryStream();
        await using var body = form?.Files["file"]!.OpenReadStream() ?? request.Body;
        await body.CopyToAsync(content, cancellationToken);
        if (content.Length is 0 or > MaxUpload)
            return Refuse("body", $"the file must have from 1 to {MaxUpload} bytes");
        var file = media.Add(numbers.Get(phone_number_id).Id, type, content.ToArray());
        return TypedResults.Ok(new UploadedFile(file.Id, file.MimeType, file.Sha256, file.Content.Length));
    }

    // Customers send voice recordings; a browser may record WebM.
    private static string? KindOf(string type) =>
        type.StartsWith("audio/webm", StringComparison.OrdinalIgnoreCase) ? "audio" : MediaKind.Of(type)?.Name;

    private static ValidationProblem Refuse(string name, string message) => TypedResults.ValidationProblem([new(name, [message])]);

    private static IResult Download(string id, MediaStore media, HttpResponse response)
    {
        if (media.Find(id, phoneNumberId: null) is not { } file)
            return TypedResults.NotFound();
        // A company may upload anything; none of it may run in this page's origin.
        response.Headers[HeaderNames.ContentSecurityPolicy] = "sandbox; default-src 'none'";
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        return TypedResults.Bytes(file.Content, file.MimeType, enableRangeProcessing: true);
    }
}

/// <summary>A customer's file, as a message in Meta's shape names it.</summary>
internal sealed record UploadedFile(string Id, string MimeType, string Sha256, long FileSize);
