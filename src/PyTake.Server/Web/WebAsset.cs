using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;

namespace PyTake.Web;

/// <summary>One file of the app in one of its codings, as it goes over the wire.</summary>
/// <param name="Encoding">br or gzip; null for the file as it is.</param>
/// <param name="ETag">Another for each coding of a file, because they are other bytes.</param>
internal sealed record WebCoding(string? Encoding, byte[] Bytes, string ETag);

/// <summary>One file of the app.</summary>
/// <param name="CacheControl">For ever where the name has a hash of the content in it; otherwise the browser has to ask.</param>
/// <param name="Codings">The smallest first.</param>
internal sealed record WebAsset(string ContentType, string CacheControl, IReadOnlyList<WebCoding> Codings)
{
    private const string Forever = "public, max-age=31536000, immutable";
    private const string Ask = "no-cache";

    private static readonly (string Suffix, string Encoding)[] Compressed = [(".br", "br"), (".gz", "gzip")];
    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Reads a file with its compressed copies, which lie beside it.</summary>
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

    /// <summary>Whether it is only a compressed copy of another file.</summary>
    public static bool IsCopy(string file) => Compressed.Any(c => file.EndsWith(c.Suffix, StringComparison.Ordinal));

    private static WebCoding Coding(string file, string? encoding)
    {
        var bytes = File.ReadAllBytes(file);
        return new WebCoding(encoding, bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"");
    }
}
