using System.Text;
using System.Text.Unicode;

namespace PyTake.Media;

/// <summary>Tells what a file is by its content: neither a name nor what the sender says can be trusted.</summary>
public static class ContentKind
{
    /// <summary>How many of the first bytes are looked at.</summary>
    public const int Looked = 64 * 1024;

    private const string Word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    private const string Sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    private const string Slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

    /// <summary>The MIME type; null if it is none that we know.</summary>
    /// <param name="head">The first bytes, up to <see cref="Looked"/>.</param>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        if (head.Length == 0) return null;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "image/jpeg";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) return "image/png";
        if (head.StartsWith("GIF8"u8)) return "image/gif";
        if (head.StartsWith("RIFF"u8) && head.Length >= 12)
            return head[8..12].SequenceEqual("WEBP"u8) ? "image/webp" : head[8..12].SequenceEqual("WAVE"u8) ? "audio/wav" : null;
        if (head.StartsWith("OggS"u8)) return "audio/ogg";
        if (head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8)) return OfBrand(Encoding.ASCII.GetString(head[8..12]));
        if (head.StartsWith("#!AMR"u8)) return "audio/amr";
        if (head.StartsWith("ID3"u8)) return "audio/mpeg";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return "video/webm";
        if (head.StartsWith("PK\x03\x04"u8)) return OfArchive(head);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])) return OfOldOffice(head);
        // Readers find it within the first kilobyte.
        if (head[..Math.Min(head.Length, 1024)].IndexOf("%PDF-"u8) >= 0) return "application/pdf";
        if (IsAudioFrame(head) is { } audio) return audio;
        return IsText(head) ? "text/plain" : null;
    }

    /// <summary>Whether it is a voice as WhatsApp shows one: Opus in Ogg.</summary>
    public static bool IsOpus(ReadOnlySpan<byte> head) => head.StartsWith("OggS"u8) && head[..Math.Min(head.Length, 512)].IndexOf("OpusHead"u8) >= 0;

    /// <summary>Whether a message of this type may have such a content: what it is called must be what it is.</summary>
    /// <param name="messageType">image, sticker, audio, video or document.</param>
    /// <param name="mimeType">By the content; null for an unknown one.</param>
    public static bool Fits(string messageType, string? mimeType) => messageType switch
    {
        "image" => mimeType is "image/jpeg" or "image/png" or "image/webp" or "image/gif" or "image/heic",
        "sticker" => mimeType is "image/webp" or "image/png",
        // The containers are the same, and of old codecs there are more than we know.
        "audio" or "video" => mimeType is null || mimeType.StartsWith("audio/", StringComparison.Ordinal) || mimeType.StartsWith("video/", StringComparison.Ordinal),
        _ => true,
    };

    private static string OfBrand(string brand) => brand switch
    {
        "M4A " or "M4B " or "M4P " => "audio/mp4",
        "qt  " => "video/quicktime",
        "heic" or "heix" or "hevc" or "heim" or "heis" or "mif1" or "msf1" => "image/heic",
        "avif" or "avis" => "image/avif",
        _ when brand.StartsWith("3g", StringComparison.Ordinal) => "video/3gpp",
        _ => "video/mp4",
    };

    // Office writes its parts' names in clear, and the first ones tell.
    private static string OfArchive(ReadOnlySpan<byte> head)
    {
        if (head.IndexOf("[Content_Types].xml"u8) < 0) return "application/zip";
        return head.IndexOf("word/"u8) >= 0 ? Word : head.IndexOf("xl/"u8) >= 0 ? Sheet : head.IndexOf("ppt/"u8) >= 0 ? Slides : "application/zip";
    }

    // The names of its streams are in UTF-16. Where they come later than we look it is called by the most frequent kind.
    private static string OfOldOffice(ReadOnlySpan<byte> head)
        => head.IndexOf(Encoding.Unicode.GetBytes("Workbook")) >= 0 || head.IndexOf(Encoding.Unicode.GetBytes("Book")) >= 0 ? "application/vnd.ms-excel"
            : head.IndexOf(Encoding.Unicode.GetBytes("PowerPoint Document")) >= 0 ? "application/vnd.ms-powerpoint"
            : "application/msword";

    // An MPEG frame's first eleven bits are set; layer 0 is AAC's, and layer 3 of a known bit rate an MP3's.
    private static string? IsAudioFrame(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4 || head[0] != 0xFF || (head[1] & 0xE0) != 0xE0) return null;
        if ((head[1] & 0xF6) == 0xF0) return "audio/aac";
        var (version, layer, rate, frequency) = ((head[1] >> 3) & 3, (head[1] >> 1) & 3, head[2] >> 4, (head[2] >> 2) & 3);
        return version != 1 && layer is 1 && rate is not (0 or 15) && frequency != 3 ? "audio/mpeg" : null;
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return head.Length >= 4;
        foreach (var value in head)
            if (value < 32 && value is not (9 or 10 or 12 or 13 or 27)) return false;
        // The last character may be cut.
        for (var cut = 0; cut < 4 && cut < head.Length; cut++)
            if (Utf8.IsValid(head[..^cut])) return true;
        // What Windows' older programs write has no rule to be recognized by, except that most of it is ASCII.
        var plain = 0;
        foreach (var value in head) if (value < 128) plain++;
        return plain >= head.Length * 0.7;
    }
}
