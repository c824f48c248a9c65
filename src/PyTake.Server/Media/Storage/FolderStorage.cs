using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace PyTake.Media;

/// <summary>
/// Files in a folder, which nodes of one host share as a volume. A file is on the disk before it has its name, and its name is on the disk before
/// anybody is told of it.
/// </summary>
public sealed class FolderStorage(IOptions<MediaOptions> options, IHostEnvironment environment) : IFileStorage
{
    private readonly string _root = Path.Combine(environment.ContentRootPath, options.Value.Folder);

    /// <inheritdoc/>
    public Task PutAsync(ObjectName name, SpooledFile spooled, CancellationToken cancellationToken) => Guarded(() =>
    {
        var path = PathOf(name);
        Flush(spooled.Path);
        var (file, fan, organization) = (path, Path.GetDirectoryName(path)!, Path.GetDirectoryName(Path.GetDirectoryName(path))!);
        var isNew = !Directory.Exists(fan);
        Directory.CreateDirectory(fan);
        File.Move(spooled.Path, file, overwrite: true);
        Flush(fan);
        if (!isNew) return true;
        Flush(organization);
        Flush(_root);
        return true;
    });

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(ObjectName name, long from, long to, CancellationToken cancellationToken) => Guarded<Stream?>(() =>
    {
        try
        {
            var file = new FileStream(
                PathOf(name), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, BufferSize = 0, Options = FileOptions.Asynchronous });
            file.Position = from;
            return new BoundedStream(file, to - from + 1);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    });

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectName name, CancellationToken cancellationToken) => Guarded(() =>
    {
        if (File.Exists(PathOf(name))) File.Delete(PathOf(name));
        return true;
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(_root);
        if (!folder.Exists) yield break;
        foreach (var organization in folder.EnumerateDirectories().Where(directory => directory.Name != Spool.Temporary))
        {
            // Listing blocks: between two organizations others get their turn.
            await Task.Yield();
            foreach (var file in organization.EnumerateFiles("*", SearchOption.AllDirectories))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (ObjectName.Parse(Path.GetRelativePath(_root, file.FullName).Replace('\\', '/')) is { } name)
                    yield return new StoredObject(name, file.LastWriteTimeUtc);
            }
        }
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken) => Guarded(() =>
    {
        var folder = Path.Combine(_root, Spool.Temporary);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"check-{Guid.NewGuid():N}");
        try
        {
            // As much as a file system may keep within a directory is not enough to know that there is room.
            File.WriteAllBytes(path, new byte[8192]);
        }
        finally
        {
            File.Delete(path);
        }
        return true;
    });

    private string PathOf(ObjectName name) => Path.Combine(_root, name.ToString());

    // A disk may take long: not on the caller's thread.
    private static Task<T> Guarded<T>(Func<T> act) => Task.Run(() =>
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("The folder of files cannot be used", exception);
        }
    });

    // .NET opens no directory, and a name is only on the disk when its directory is.
    private static void Flush(string path)
    {
        var file = Open(path, flags: 0);
        if (file < 0) throw new IOException($"open failed with error {Marshal.GetLastPInvokeError()}");
        try
        {
            if (Synchronize(file) != 0) throw new IOException($"fsync failed with error {Marshal.GetLastPInvokeError()}");
        }
        finally
        {
            _ = Close(file);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronize(int file);

    [DllImport("libc", EntryPoint = "close"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);
}

/// <summary>So many bytes of a stream, from where it stands.</summary>
internal sealed class BoundedStream : Stream
{
    private readonly Stream _inner;
    private readonly long _length;
    private long _left;

    public BoundedStream(Stream inner, long length) => (_inner, _length, _left) = (inner, length, length);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => _length;

    public override long Position
    {
        get => _length - _left;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = _inner.Read(buffer, offset, (int)Math.Min(count, _left));
        _left -= read;
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
