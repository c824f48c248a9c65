namespace PyTake.Simulator.Media;

/// <summary>A kind of media as messages name it, with the largest size in bytes that WhatsApp accepts.</summary>
internal sealed record MediaKind(string Name, long MaxSize)
{
    private const long Megabyte = 1024 * 1024;

    private static readonly MediaKind Image = new("image", 5 * Megabyte);
    private static readonly MediaKind Audio = new("audio", 16 * Megabyte);
    private static readonly MediaKind Video = new("video", 16 * Megabyte);
    private static readonly MediaKind Sticker = new("sticker", 500 * 1024);
    private static readonly MediaKind Document = new("document", 100 * Megabyte);

    /// <summary>The types that the Cloud API accepts (its media reference), in its own order.</summary>
    public static readonly IReadOnlyDictionary<string, MediaKind> ByMimeType = new Dictionary<string, MediaKind>
    {
        ["audio/aac"] = Audio,
        ["audio/mp4"] = Audio,
        ["audio/mpeg"] = Audio,
        ["audio/amr"] = Audio,
        ["audio/ogg"] = Audio,
        ["application/vnd.ms-powerpoint"] = Document,
        ["application/msword"] = Document,
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = Document,
        ["application/vnd.openxmlformats-officedocument.presentationml.presentation"] = Document,
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = Document,
        ["application/pdf"] = Document,
        ["application/vnd.ms-excel"] = Document,
        ["text/plain"] = Document,
        ["image/jpeg"] = Image,
        ["image/png"] = Image,
        ["image/webp"] = Sticker,
        ["video/mp4"] = Video,
        ["video/3gpp"] = Video,
    };

    /// <summary>The kind of a MIME type, which may have parameters (<c>audio/ogg; codecs=opus</c>), or null.</summary>
    public static MediaKind? Of(string mimeType) =>
        ByMimeType.GetValueOrDefault(mimeType.Split(';')[0].Trim().ToLowerInvariant());
}
