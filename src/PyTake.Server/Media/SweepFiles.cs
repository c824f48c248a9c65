using Microsoft.Extensions.Options;
using PyTake.Database;

namespace PyTake.Media;

/// <summary>Erases what nobody has any more. Other nodes may do the same at the same time, and files may be given to somebody meanwhile.</summary>
public sealed partial class SweepFiles(MediaStore store, IFileStorage storage, Spool spool, IOptions<MediaOptions> options, TimeProvider time, ILogger<SweepFiles> logger)
{
    private const int Page = 500;

    // Between an object and its row a node may have to wait for its database.
    private static readonly TimeSpan Young = TimeSpan.FromHours(6);

    /// <summary>Forgets uploads that no message used and files of messages that are gone, and erases files that nobody has.</summary>
    public async Task EraseAsync(CancellationToken cancellationToken)
    {
        while (await store.ForgetAsync(time.UtcNow() - options.Value.UnsentLifetime, Page, cancellationToken) >= Page) { }
        while (await store.UnownedAsync(Page, cancellationToken) is { Count: > 0 } files)
        {
            var erased = 0;
            foreach (var file in files)
                if (await store.RemoveAsync(file.FileId, cancellationToken))
                {
                    erased++;
                    await DeleteAsync(file, cancellationToken);
                }
            if (erased == 0 || files.Count < Page) break;
        }
        spool.Sweep();
    }

    /// <summary>Deletes objects that no row names: their node died before it could record them, or after the row was deleted.</summary>
    public async Task DeleteOrphansAsync(CancellationToken cancellationToken)
    {
        var before = time.UtcNow() - Young;
        var deleted = 0;
        await foreach (var page in storage.ListAsync(cancellationToken).Where(found => found.WrittenAt < before).Chunk(Page).WithCancellation(cancellationToken))
        {
            var missing = await store.MissingAsync([.. page.Select(found => found.Name.FileId).Distinct()], cancellationToken);
            foreach (var orphan in page.Where(found => missing.Contains(found.Name.FileId)))
            {
                await storage.DeleteAsync(orphan.Name, cancellationToken);
                deleted++;
            }
        }
        if (deleted > 0) LogOrphans(deleted);
    }

    private async Task DeleteAsync(ObjectName file, CancellationToken cancellationToken)
    {
        await storage.DeleteAsync(file with { IsThumbnail = true }, cancellationToken);
        await storage.DeleteAsync(file, cancellationToken);
    }

    [LoggerMessage(6314, LogLevel.Information, "{Count} objects that no file names were deleted")]
    private partial void LogOrphans(int count);
}
