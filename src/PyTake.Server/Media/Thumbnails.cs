using NetVips;

namespace PyTake.Media;

/// <summary>
/// Makes small pictures of images, once each, when somebody asks for one. The images come from strangers: only three decoders are let at them, only
/// up to so many pixels, one at a time, and for so long.
/// </summary>
public sealed partial class Thumbnails : IDisposable
{
    /// <summary>The longer side, in pixels.</summary>
    public const int Side = 640;

    /// <summary>The MIME type.</summary>
    public const string MimeType = "image/webp";

    /// <summary>A decoder may need six bytes for each: of a progressive JPEG all coefficients.</summary>
    private const long MostPixels = 24_000_000;

    private const long MostBytes = 16 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly Lazy<bool> Prepared = new(Prepare);

    private readonly IFileStorage _storage;
    private readonly MediaStore _store;
    private readonly Spool _spool;
    private readonly ILogger<Thumbnails> _logger;
    private readonly SemaphoreSlim _making = new(1);

    public Thumbnails(IFileStorage storage, MediaStore store, Spool spool, ILogger<Thumbnails> logger)
        => (_storage, _store, _spool, _logger) = (storage, store, spool, logger);

    /// <summary>Opens the thumbnail of a file, and makes it first if there is none yet; null if none can be made.</summary>
    /// <exception cref="StorageException">The storage is away.</exception>
    public async Task<Stream?> OpenAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (file.Thumbnail is false || !MayBeMade(file)) return null;
        if (file.Thumbnail is true && await OpenStoredAsync(file, cancellationToken) is { } stored) return stored;

        await _making.WaitAsync(cancellationToken);
        try
        {
            // Others who asked at the same time have waited for it.
            if (await OpenStoredAsync(file, cancellationToken) is { } made) return made;
            if (await MakeAsync(file, cancellationToken) is not { } picture)
            {
                await _store.SetThumbnailAsync(file.Id, has: false, cancellationToken);
                return null;
            }
            using (var spooled = await _spool.WriteAsync(picture, cancellationToken))
                await _storage.PutAsync(file.Name with { IsThumbnail = true }, spooled, cancellationToken);
            await _store.SetThumbnailAsync(file.Id, has: true, cancellationToken);
            return new MemoryStream(picture);
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    private static bool MayBeMade(StoredFile file)
        => file is { MimeType: "image/jpeg" or "image/png" or "image/webp", Width: { } width, Height: { } height, Size: <= MostBytes }
            && (long)width * height <= MostPixels;

    private Task<Stream?> OpenStoredAsync(StoredFile file, CancellationToken cancellationToken)
        => _storage.OpenAsync(file.Name with { IsThumbnail = true }, 0, long.MaxValue - 1, cancellationToken);

    private async Task<byte[]?> MakeAsync(StoredFile file, CancellationToken cancellationToken)
    {
        _ = Prepared.Value;
        await using var content = await _storage.OpenAsync(file.Name, 0, file.Size - 1, cancellationToken);
        if (content is null) return null;
        // A decoder reads where it wants.
        using var spooled = await _spool.WriteAsync(content, _ => file.Size, cancellationToken);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Timeout);
        try
        {
            return await Task.Run(() => Make(spooled.Path, timeout.Token), CancellationToken.None);
        }
        catch (VipsException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LogNotMade(exception, file.Id);
            return null;
        }
    }

    // Turned as EXIF says, and then without any metadata. Of what moves, the first picture.
    private static byte[] Make(string path, CancellationToken cancellationToken)
    {
        using var image = Image.Thumbnail(path, Side, height: Side, size: Enums.Size.Down);
        image.SetProgress(new NoProgress(), cancellationToken);
        return image.WebpsaveBuffer(q: 75, effort: 2, keep: Enums.ForeignKeep.None);
    }

    // For the whole process, before its first image: no other decoder of what is compiled in is ever used.
    private static bool Prepare()
    {
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
        Operation.Block("VipsForeignLoad", true);
        foreach (var loader in (string[])["VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp"]) Operation.Block(loader, false);
        return true;
    }

    private sealed class NoProgress : IProgress<int>
    {
        public void Report(int value)
        {
        }
    }

    [LoggerMessage(6313, LogLevel.Information, "No thumbnail can be made of file {FileId}")]
    private partial void LogNotMade(Exception exception, Guid fileId);
}
