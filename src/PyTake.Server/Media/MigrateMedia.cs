namespace PyTake.Media;

/// <summary>Copies all files from the folder to the bucket, or back. Nodes may run meanwhile, on the storage that they are set to.</summary>
public sealed partial class MigrateMedia(FolderStorage folder, BucketStorage bucket, MediaStore store, Spool spool, ILogger<MigrateMedia> logger)
{
    private const int Page = 500;

    /// <summary>Copies what the other does not have; what no row names stays behind. Can be run again.</summary>
    /// <param name="target"><c>s3</c> or <c>folder</c>.</param>
    /// <returns>Whether the target has all of them now.</returns>
    public async Task<bool> RunAsync(string target, CancellationToken cancellationToken)
    {
        (IFileStorage from, IFileStorage to) = target == "s3" ? ((IFileStorage)folder, (IFileStorage)bucket) : (bucket, folder);
        var there = new HashSet<ObjectName>();
        await foreach (var found in to.ListAsync(cancellationToken)) there.Add(found.Name);
        var (copied, failed) = (0, 0);
        await foreach (var page in from.ListAsync(cancellationToken).Where(found => !there.Contains(found.Name)).Chunk(Page).WithCancellation(cancellationToken))
        {
            var orphans = await store.MissingAsync([.. page.Select(found => found.Name.FileId).Distinct()], cancellationToken);
            foreach (var found in page.Where(found => !orphans.Contains(found.Name.FileId)))
            {
                if (await CopyAsync(found.Name, from, to, cancellationToken)) copied++;
                else failed++;
            }
        }
        LogDone(copied, there.Count, failed);
        return failed == 0;
    }

    private async Task<bool> CopyAsync(ObjectName name, IFileStorage from, IFileStorage to, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await from.OpenAsync(name, 0, long.MaxValue - 1, cancellationToken);
            if (content is null) return true;
            using var spooled = await spool.WriteAsync(content, _ => long.MaxValue, cancellationToken);
            await to.PutAsync(name, spooled, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is StorageException or IOException)
        {
            LogNotCopied(exception, name.FileId);
            return false;
        }
    }

    [LoggerMessage(6311, LogLevel.Error, "File {FileId} could not be copied")]
    private partial void LogNotCopied(Exception exception, Guid fileId);

    [LoggerMessage(6312, LogLevel.Information, "{Count} files were copied, {There} were there already; {Failed} could not be copied")]
    private partial void LogDone(int count, int there, int failed);
}

internal static class MigrateMediaCommand
{
    /// <summary>Whether the program was started as <c>migrate-media s3</c> or <c>migrate-media folder</c>.</summary>
    public static bool IsAskedBy(string[] args) => args is ["migrate-media", "s3" or "folder", ..];

    /// <summary>Runs it and ends the program; the exit code is 1 if a file could not be copied.</summary>
    public static async Task MigrateMediaAsync(this WebApplication app, string[] args)
    {
        if (!await app.Services.GetRequiredService<MigrateMedia>().RunAsync(args[1], CancellationToken.None)) Environment.ExitCode = 1;
        await app.DisposeAsync();
    }
}
