
namespace PyTake.Media;

/// <summary>A file whose content the storage has.</summary>
/// <param name="IsNew">Whether it was stored just now, so that no row tells of it yet.</param>
public sealed record KeptFile(StoredFile File, bool IsNew);

/// <summary>Puts a spooled file into the storage, unless its organization has the same content already.</summary>
/// <remarks>
/// The object comes first and the row in the caller's transaction: what is between the two when a node dies is an object that no row names, which
/// <see cref="SweepFiles"/> finds.
/// </remarks>
public sealed class KeepFile(IFileStorage storage, MediaStore store)
{
    /// <summary>Call <see cref="MediaStore.AddAsync"/> with what it returns, and <see cref="SettleAsync"/> after the commit.</summary>
    /// <param name="mimeType">By the content.</param>
    /// <exception cref="StorageException">It cannot be stored now.</exception>
    public async Task<KeptFile> RunAsync(Guid organizationId, SpooledFile spooled, string mimeType, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(organizationId, spooled.Sha256, cancellationToken) is { } known) return new(known, IsNew: false);
        Measures measures;
        await using (var content = spooled.Open())
        await using (var buffered = new BufferedStream(content))
            measures = Measures.Of(buffered, mimeType);
        var file = new StoredFile
        {
            Id = Guid.CreateVersion7(),
            OrganizationId = organizationId,
            Sha256 = spooled.Sha256,
            Size = spooled.Size,
            MimeType = mimeType,
            Width = measures.Width,
            Height = measures.Height,
            DurationSeconds = measures.DurationSeconds,
            Animated = measures.Animated,
        };
        await storage.PutAsync(file.Name, spooled, cancellationToken);
        return new(file, IsNew: true);
    }

    /// <summary>Deletes the object of a file for which another, of the same content, has become the organization's.</summary>
    /// <param name="had">What <see cref="MediaStore.AddAsync"/> returned; null if nothing was committed.</param>
    public async Task SettleAsync(KeptFile kept, StoredFile? had)
    {
        if (!kept.IsNew || had?.Id == kept.File.Id) return;
        try
        {
            await storage.DeleteAsync(kept.File.Name, CancellationToken.None);
        }
        catch (StorageException)
        {
            // The sweep finds it.
        }
    }
}
