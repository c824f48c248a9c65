using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Media;

/// <summary>An upload, as its answer shows it (CONTRACT, section 4, Media).</summary>
/// <param name="Kinds">The types of messages that it can be sent as, the best first.</param>
public sealed record Upload(Guid MediaId, string Url, string MimeType, long Size, string? Filename, IReadOnlyList<string> Kinds)
{
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] public int? Width { get; init; }
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] public int? Height { get; init; }
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] public double? DurationSeconds { get; init; }
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] public bool? Animated { get; init; }
}

/// <summary>Takes a file that an agent is about to send: looks at what it is, takes a photo's metadata out, and stores it.</summary>
public sealed class ReceiveUpload(Spool spool, KeepFile keep, MediaStore store, NpgsqlDataSource db, IOptions<MediaOptions> options)
{
    private const int MostAttempts = 3;
    private const int LongestName = 240;

    /// <summary>Either the file is stored and an id names it, or nothing has changed.</summary>
    /// <param name="content">Read once, never whole in memory.</param>
    /// <param name="filename">As the user named it, any text.</param>
    /// <exception cref="StorageException">It cannot be stored now.</exception>
    public async Task<Outcome<Upload>> RunAsync(Caller caller, Stream content, string? filename, CancellationToken cancellationToken)
    {
        if (await store.UnsentBytesAsync(caller.OrganizationId, cancellationToken) >= options.Value.UnsentBytes)
            return new Refusal(429, "Too many uploads wait to be sent: send them, or try again tomorrow");
        string? mimeType = null;
        try
        {
            using var received = await spool.WriteAsync(content, Limit, cancellationToken);
            if (received.Size == 0) return Unsupported("The file is empty", null);
            using var clean = mimeType is "image/jpeg" or "image/png" ? await CleanAsync(received, mimeType, cancellationToken) : null;
            return await KeepAsync(caller, clean ?? received, mimeType!, Shortened(filename), cancellationToken);
        }
        catch (FileTooLargeException exception)
        {
            return exception.Limit < 0
                ? Unsupported($"WhatsApp does not take files of this kind ({mimeType ?? "unknown"})", mimeType)
                : TooLarge(mimeType!, exception.Limit);
        }
        catch (InvalidDataException)
        {
            return Unsupported("The photo is damaged", mimeType);
        }

        // A kind that is not taken at all ends with the first block.
        long Limit(ReadOnlyMemory<byte> head) => WhatsAppLimits.MostBytes(mimeType = ContentKind.Of(head.Span)) ?? (head.Length == 0 ? 0 : -1);
    }

    private async Task<SpooledFile> CleanAsync(SpooledFile photo, string mimeType, CancellationToken cancellationToken)
    {
        // It never gets longer, except by the few bytes that say how it is turned.
        await using var source = photo.Open();
        var pipe = new System.IO.Pipelines.Pipe(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 256 * 1024, resumeWriterThreshold: 128 * 1024));
        var removing = Task.Run(() =>
        {
            try
            {
                PhotoMetadata.Remove(source, pipe.Writer.AsStream(leaveOpen: true), mimeType);
                pipe.Writer.Complete();
            }
            catch (Exception exception)
            {
                pipe.Writer.Complete(exception);
            }
        }, CancellationToken.None);
        try
        {
            return await spool.WriteAsync(pipe.Reader.AsStream(), _ => photo.Size + 1024, cancellationToken);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await removing;
        }
    }

    private async Task<Outcome<Upload>> KeepAsync(Caller caller, SpooledFile spooled, string mimeType, string? filename, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var kept = await keep.RunAsync(caller.OrganizationId, spooled, mimeType, cancellationToken);
            if (WhatsAppLimits.MessageTypes(mimeType, spooled.Size, kept.File.Animated).Length == 0)
            {
                await keep.SettleAsync(kept, null);
                return TooLarge(mimeType, WhatsAppLimits.StillSticker);
            }
            if (await AddAsync(kept, new NewMedia(Guid.CreateVersion7(), null, filename)) is { } upload) return upload;
            // It was erased at that very moment: what is in the spool is stored after all.
            if (attempt == MostAttempts) throw new StorageException("The file is erased again and again");
        }

        async Task<Upload?> AddAsync(KeptFile kept, NewMedia media)
        {
            await using var connection = await db.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var had = await MediaStore.AddAsync(transaction, kept, media, cancellationToken);
            await transaction.CommitAsync(CancellationToken.None);
            await keep.SettleAsync(kept, had);
            return had is null ? null : Shown(had, media);
        }
    }

    private static Upload Shown(StoredFile file, NewMedia media) => new(
        media.Id, MediaEndpoints.UrlOf(media.Id), file.MimeType, file.Size, media.Filename, WhatsAppLimits.MessageTypes(file.MimeType, file.Size, file.Animated))
    {
        Width = file.Width,
        Height = file.Height,
        DurationSeconds = file.DurationSeconds,
        Animated = file.Animated ? true : null,
    };

    private static Refusal TooLarge(string mimeType, long limit)
        => new(413, $"WhatsApp takes at most {Spelled(limit)} of {mimeType}") { Facts = new() { ["limit"] = limit, ["mime_type"] = mimeType } };

    private static Refusal Unsupported(string message, string? mimeType) => new(415, message) { Facts = new() { ["mime_type"] = mimeType } };

    private static string Spelled(long bytes)
        => bytes >= 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MB") : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KB");

    // Only the last part of a path, without what no name has; long names keep their ending.
    private static string? Shortened(string? filename)
    {
        if (filename is null) return null;
        var name = new string([.. filename[(filename.AsSpan().LastIndexOfAny('/', '\\') + 1)..].Where(c => !char.IsControl(c))]).Trim();
        if (name.Length <= LongestName) return name.Length == 0 ? null : name;
        var ending = Path.GetExtension(name) is { Length: <= 16 } extension ? extension : "";
        var cut = LongestName - ending.Length;
        if (char.IsHighSurrogate(name[cut - 1])) cut--;
        return name[..cut] + ending;
    }
}
