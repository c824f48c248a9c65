namespace PyTake.Media;

/// <summary>
/// Keeps bytes under names that we choose. What it has it has whole, and what <see cref="PutAsync"/> has returned for survives a crash. Which files
/// there are says the database; a storage knows nothing of that.
/// </summary>
public interface IFileStorage
{
    /// <summary>Stores a file, whole or not at all. An object of that name is replaced.</summary>
    /// <param name="spooled">Its content; the storage may take the file away.</param>
    /// <exception cref="StorageException">It cannot be stored now.</exception>
    Task PutAsync(ObjectName name, SpooledFile spooled, CancellationToken cancellationToken);

    /// <summary>Opens an object; null if there is none. The stream is read forward, once.</summary>
    /// <param name="from">The first byte.</param>
    /// <param name="to">The last byte, which is in the object.</param>
    /// <exception cref="StorageException">It cannot be read now.</exception>
    Task<Stream?> OpenAsync(ObjectName name, long from, long to, CancellationToken cancellationToken);

    /// <summary>Deletes an object, if there is one.</summary>
    /// <exception cref="StorageException">It cannot be deleted now.</exception>
    Task DeleteAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>All objects, in no order.</summary>
    /// <exception cref="StorageException">They cannot be listed now.</exception>
    IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellationToken);

    /// <summary>Writes and deletes a few bytes.</summary>
    /// <exception cref="StorageException">Nothing can be stored now.</exception>
    Task CheckAsync(CancellationToken cancellationToken);
}

/// <summary>The name of an object: of organization and file, never of what a person gave.</summary>
public readonly record struct ObjectName(Guid OrganizationId, Guid FileId, bool IsThumbnail = false)
{
    private const string Thumbnail = ".thumbnail";

    /// <summary>The path. The last digits of an id are random, so that no folder has too many entries.</summary>
    public override string ToString()
    {
        var file = FileId.ToString("N");
        return $"{OrganizationId:N}/{file[^2..]}/{file}{(IsThumbnail ? Thumbnail : "")}";
    }

    /// <summary>Reads a path; null if it is none of ours.</summary>
    public static ObjectName? Parse(string path)
    {
        var parts = path.Split('/');
        if (parts.Length != 3) return null;
        var isThumbnail = parts[2].EndsWith(Thumbnail, StringComparison.Ordinal);
        var file = isThumbnail ? parts[2][..^Thumbnail.Length] : parts[2];
        return Guid.TryParseExact(parts[0], "N", out var organization) && Guid.TryParseExact(file, "N", out var id)
            && new ObjectName(organization, id, isThumbnail) is var name && name.ToString() == path
                ? name
                : null;
    }
}

/// <summary>An object of the storage, and when it was written (UTC).</summary>
public readonly record struct StoredObject(ObjectName Name, DateTime WrittenAt);

/// <summary>The storage is full, away or refuses: the same may go well later.</summary>
public sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
