using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PyTake.Simulator.Media;

/// <summary>An uploaded file and the number that uploaded it.</summary>
internal sealed record MediaFile(
    string Id, string PhoneNumberId, string MimeType, byte[] Content, string Sha256, DateTimeOffset UploadedAt);

/// <summary>
/// Uploaded files. An id is valid for 30 days and a download URL for 5 minutes; the URL carries its expiry and a hash
/// of it, so that nothing has to be stored for it.
/// </summary>
internal sealed class MediaStore(TimeProvider time)
{
    private static readonly TimeSpan IdLifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan UrlLifetime = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, MediaFile> _files = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public MediaFile Add(string phoneNumberId, string mimeType, byte[] content)
    {
        var id = RandomNumberGenerator.GetString("0123456789", 15);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        return _files[id] = new(id, phoneNumberId, mimeType, content, sha256, time.GetUtcNow());
    }

    /// <summary>A file by its id; if a number is given, only a file of that number.</summary>
    public MediaFile? Find(string id, string? phoneNumberId) =>
        _files.TryGetValue(id, out var file)
        && file.UploadedAt + IdLifetime > time.GetUtcNow()
        && (phoneNumberId is null || phoneNumberId == file.PhoneNumberId)
            ? file
            : null;

    /// <summary>The answer to a lookup, with a fresh URL on the host that the request names.</summary>
    public object Describe(MediaFile file, HttpRequest request)
    {
        var ext = (time.GetUtcNow() + UrlLifetime).ToUnixTimeSeconds();
        return new
        {
            MessagingProduct = "whatsapp",
            Url = $"{request.Scheme}://{request.Host}{MediaEndpoints.DownloadPath}"
                + $"?mid={file.Id}&ext={ext}&hash={Hash(file.Id, ext)}",
            file.MimeType,
            file.Sha256,
            FileSize = file.Content.Length,
            file.Id,
        };
    }

    /// <summary>The file of a URL from <see cref="Describe"/>; null if the URL has expired or was never issued.</summary>
    public MediaFile? FindByUrl(string mid, long ext, string hash) =>
        hash == Hash(mid, ext) && ext > time.GetUtcNow().ToUnixTimeSeconds() ? Find(mid, phoneNumberId: null) : null;

    private string Hash(string mid, long ext) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{mid}.{ext}")));
}
