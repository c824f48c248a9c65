using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;

namespace PyTake.Web;

/// <summary>A file of the app in one content encoding, as it is sent.</summary>
/// <param name="Encoding">br or gzip; null for the uncompressed file.</param>
/// <param name="ETag">Different for each encoding of a file, because the bytes differ.</param>
internal sealed record WebCoding(string? Encoding, byte[] Bytes, string ETag);

/// <summary>A file of the app.</summary>
/// <param name="CacheControl">Immutable if the file's name contains a hash of its content; otherwise the browser must revalidate.</param>
/// <param name="Codings">The smallest first.</param>
internal sealed record WebAsset(string ContentType, string CacheControl, IReadOnlyList<WebCoding> Codings)
{
    private const string Forever = "public, max-age=31536000, immutable";
    private const string Ask = "no-cache";

    private static readonly (string Suffix, string Encoding)[] Compressed = [(".br", "br"), (".gz", "gzip")];
    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Reads a file and its compressed copies, which are in the same folder.</summary>
    public static WebAsset Read(string file, bool isHashed)
    {
        if (!Types.TryGetContentType(file, out var type)) type = "application/octet-stream";
        if (type.StartsWith("text/", StringComparison.Ordinal) || type == "application/javascript") type += "; charset=utf-8";
        WebCoding[] copies =
        [
            .. Compressed.Where(c => File.Exists(file + c.Suffix)).Select(c => Coding(file + c.Suffix, c.Encoding)).OrderBy(c => c.Bytes.Length),
            Coding(file, null),
        ];
        return new WebAsset(type, isHashed ? Forever : Ask, copies);
    }

    /// <summary>Whether it is a compressed copy of another file.</summary>
    public static bool IsCopy(string file) => Compressed.Any(c => file.EndsWith(c.Suffix, StringComparison.Ordinal));

    private static WebCoding Coding(string file, string? encoding)
    {
        var bytes = File.ReadAllBytes(file);
        return new WebCoding(encoding, bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"");
    }
}
