using Microsoft.AspNetCore.Http.Features;
using PyTake.Simulator.Control;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Media;

internal static class MediaEndpoints
{
    /// <summary>The same path as at Meta, which serves it from a separate host.</summary>
    public const string DownloadPath = "/whatsapp_business/attachments/";

    // A document of 100 MB plus the multipart framing.
    private const long MaxUpload = 101 * 1024 * 1024;

    public static void AddMedia(this WebApplicationBuilder builder) => builder.Services.AddSingleton<MediaStore>();

    public static void MapMedia(this RouteGroupBuilder graph) =>
        graph.MapPost("/{phoneNumberId:regex(^\\d+$)}/media", Upload).AddEndpointFilter(GraphAccess.Demand);

    public static void MapMediaDownload(this IEndpointRouteBuilder app) =>
        app.MapGet(DownloadPath, Download).AddEndpointFilter(GraphAccess.Demand);

    private static async Task<IResult> Upload(
        string phoneNumberId, HttpRequest request, MediaStore media, Rules rules, CancellationToken cancellationToken)
    {
        if (!request.HasFormContentType)
            return GraphError.BadParameter("The parameter file is required.").ToResult();
        request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = MaxUpload;
        var form = await request.ReadFormAsync(cancellationToken);
        if (form["messaging_product"] != "whatsapp")
            return GraphError.BadParameter("The parameter messaging_product is required.").ToResult();
        if (form.Files["file"] is not { } file)
            return GraphError.BadParameter("The parameter file is required.").ToResult();

        var mimeType = form["type"].FirstOrDefault() ?? file.ContentType;
        if (Refuse(file, mimeType) is { } error)
            return error.ToResult();
        if ((await rules.TakeAsync("upload", cancellationToken))?.Refusal is { } refusal)
            return refusal;
        using var content = new MemoryStream();
        await file.CopyToAsync(content, cancellationToken);
        return TypedResults.Ok(new { media.Add(phoneNumberId, mimeType, content.ToArray()).Id });
    }

    private static GraphError? Refuse(IFormFile file, string mimeType) =>
        MediaKind.Of(mimeType) is not { } kind
            ? GraphError.BadParameter(
                "Param file must be a file with one of the following types: "
                + $"{string.Join(", ", MediaKind.ByMimeType.Keys)}. Received file of type '{mimeType}'.")
        : file.Length == 0 ? GraphError.BadParameter("Param file must not be empty.")
        : file.Length > kind.MaxSize
            ? GraphError.WithDetails(131053, $"The file is larger than {kind.MaxSize} bytes, the limit for {kind.Name}")
        : null;

    private static async Task<IResult> Download(
        string mid, long ext, string hash, MediaStore media, Rules rules, CancellationToken cancellationToken)
    {
        if (media.FindByUrl(mid, ext, hash) is not { } file)
            return TypedResults.NotFound();
        var rule = await rules.TakeAsync("download", cancellationToken);
        var content = rule?.Fault switch
        {
            "truncated" => file.Content[..(file.Content.Length / 2)],
            "wrong_hash" => [.. file.Content[..^1], (byte)~file.Content[^1]],
            _ => file.Content,
        };
        return rule?.Refusal ?? TypedResults.Bytes(content, file.MimeType);
    }
}
