using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Jobs;

namespace PyTake.Media;

internal static class MediaSetup
{
    /// <summary>Files: their storage, uploads, and what erases them.</summary>
    public static void AddMedia(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<MediaOptions>(MediaOptions.Section);
        services.AddSingleton<Spool>();
        services.AddSingleton<FolderStorage>();
        services.AddSingleton<BucketStorage>();
        services.AddSingleton<IFileStorage>(provider => provider.GetRequiredService<IOptions<MediaOptions>>().Value.S3.Bucket.Length > 0
            ? provider.GetRequiredService<BucketStorage>()
            : provider.GetRequiredService<FolderStorage>());
        services.AddSingleton<StorageHealth>();
        services.AddSingleton<MediaStore>();
        services.AddSingleton<KeepFile>();
        services.AddSingleton<UploadQuota>();
        services.AddSingleton<ReceiveUpload>();
        services.AddSingleton<IAttachments, AttachFiles>();
        services.AddSingleton<Thumbnails>();
        services.AddSingleton<SweepFiles>();
        services.AddSingleton<MigrateMedia>();
        if (!builder.Configuration.GetValue("Workers:Enabled", true)) return;
        services.AddRecurring("files that nobody has", _ => TimeSpan.FromMinutes(10),
            (provider, cancellationToken) => provider.GetRequiredService<SweepFiles>().EraseAsync(cancellationToken));
        services.AddRecurring("objects without a file", _ => TimeSpan.FromDays(1),
            (provider, cancellationToken) => provider.GetRequiredService<SweepFiles>().DeleteOrphansAsync(cancellationToken));
    }
}
