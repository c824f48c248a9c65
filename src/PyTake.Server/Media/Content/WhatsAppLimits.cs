namespace PyTake.Media;

/// <summary>What WhatsApp takes (WHATSAPP, section 8), by the content's MIME type.</summary>
public static class WhatsAppLimits
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>The largest file that WhatsApp takes at all.</summary>
    public const long Largest = 100 * Megabyte;

    /// <summary>The most bytes of a still sticker, and of one that moves.</summary>
    public const long StillSticker = 100 * 1024, AnimatedSticker = 500 * 1024;

    /// <summary>How many bytes of such a content may be sent; null if WhatsApp does not take it.</summary>
    public static long? MostBytes(string? mimeType) => mimeType switch
    {
        // Larger ones go as documents.
        "image/jpeg" or "image/png" or "video/mp4" or "video/3gpp" => Largest,
        "image/webp" => AnimatedSticker,
        "audio/aac" or "audio/amr" or "audio/mpeg" or "audio/mp4" or "audio/ogg" => 16 * Megabyte,
        "application/pdf" or "text/plain" => Largest,
        "application/msword" or "application/vnd.ms-excel" or "application/vnd.ms-powerpoint" => Largest,
        not null when mimeType.StartsWith("application/vnd.openxmlformats-officedocument.", StringComparison.Ordinal) => Largest,
        _ => null,
    };

    /// <summary>The types of messages that such a file can be sent as, the best first; none if it is too large.</summary>
    public static string[] MessageTypes(string mimeType, long size, bool animated) => mimeType switch
    {
        "image/jpeg" or "image/png" => size <= 5 * Megabyte ? ["image", "document"] : ["document"],
        "video/mp4" or "video/3gpp" => size <= 16 * Megabyte ? ["video", "document"] : ["document"],
        "image/webp" => size <= (animated ? AnimatedSticker : StillSticker) ? ["sticker"] : [],
        _ when mimeType.StartsWith("audio/", StringComparison.Ordinal) => ["audio"],
        _ => ["document"],
    };
}
