using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace PyTake.Media;

/// <summary>
/// Takes a stream down to the disk, so that no file is ever whole in memory: only there it is known what it is and whether it is whole. Files that a
/// dead node left are swept.
/// </summary>
public sealed class Spool
{
    /// <summary>The folder within the storage's, so that a file is only renamed to be stored.</summary>
    internal const string Temporary = "tmp";

    private const int BufferSize = 64 * 1024;
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(2);

    private readonly string _folder;
    private readonly TimeProvider _time;

    public Spool(IOptions<MediaOptions> options, IHostEnvironment environment, TimeProvider time)
    {
        _folder = Path.Combine(environment.ContentRootPath, options.Value.Folder, Temporary);
        _time = time;
    }

    /// <summary>Writes all of a stream.</summary>
    /// <param name="limit">The most bytes it may have, given the first of them (up to 64 KB).</param>
    /// <exception cref="FileTooLargeException">It has more.</exception>
    /// <exception cref="StorageException">The disk is full or refuses.</exception>
    public async Task<SpooledFile> WriteAsync(Stream source, Func<ReadOnlyMemory<byte>, long> limit, CancellationToken cancellationToken)
    {
        var path = NewPath();
        var file = Create(path);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var closedAtTheEnd = file;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var (size, most) = (0L, -1L);
            while (await source.ReadAtLeastAsync(buffer.AsMemory(0, BufferSize), BufferSize, throwOnEndOfStream: false, cancellationToken) is > 0 and var read)
            {
                var block = buffer.AsMemory(0, read);
                if (most < 0) most = limit(block);
                if ((size += read) > most) throw new FileTooLargeException(most);
                hash.AppendData(block.Span);
                await WriteAsync(file, block, cancellationToken);
            }
            if (most < 0) limit(default);
            return new SpooledFile(path, size, hash.GetHashAndReset());
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes a small file that is in memory already.</summary>
    /// <exception cref="StorageException">The disk is full or refuses.</exception>
    public Task<SpooledFile> WriteAsync(byte[] content, CancellationToken cancellationToken)
        => WriteAsync(new MemoryStream(content), _ => content.Length, cancellationToken);

    /// <summary>Deletes what dead nodes left behind.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(_folder)) return;
        var before = _time.GetUtcNow().UtcDateTime - Abandoned;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles().Where(file => file.LastWriteTimeUtc < before)) file.Delete();
    }

    private string NewPath() => Path.Combine(_folder, Guid.NewGuid().ToString("N"));

    private FileStream Create(string path)
    {
        try
        {
            Directory.CreateDirectory(_folder);
            return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("The folder of files cannot be written", exception);
        }
    }

    private static async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(block, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new StorageException("The folder of files cannot be written", exception);
        }
    }
}

/// <summary>A whole file on this node's disk, which goes when this is disposed unless the storage has taken it.</summary>
/// <param name="Size">Bytes.</param>
public sealed record SpooledFile(string Path, long Size, byte[] Sha256) : IDisposable
{
    /// <summary>Opens it to be read; it can be read at any place.</summary>
    public FileStream Open() => new(Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Options = FileOptions.Asynchronous });

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}

/// <summary>A file has more bytes than it may have.</summary>
/// <param name="limit">The most that it may have.</param>
public sealed class FileTooLargeException(long limit) : Exception($"More than {limit} bytes")
{
    public long Limit => limit;
}
