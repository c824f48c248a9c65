using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Media;
using PyTake.WhatsApp.Numbers;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Files;

/// <summary>
/// One attempt to fetch one file: an address, the bytes onto the disk, the checks, the storage, and then, in one transaction, the message that shows
/// it. Until that transaction nobody sees anything of it.
/// </summary>
internal sealed class FetchFile(
    GraphMedia graph, SecretBox secrets, Spool spool, KeepFile keep, MediaStore files, ConversationStreams streams, IOptions<DownloadOptions> options,
    TimeProvider time)
{
    /// <summary>Returns what became of it, except when it was cancelled or the database is away.</summary>
    public async Task<DownloadResult> RunAsync(Download download, CancellationToken cancellationToken)
    {
        if (download.MessageType is null || download.MetaId is null) return new DownloadResult.Over();
        try
        {
            // A content that the organization has already need not come again: the hash is Meta's own.
            if (download.Hash is { } hash && await files.FindAsync(download.OrganizationId, hash, cancellationToken) is { } known
                && ContentKind.Fits(download.MessageType, known.MimeType)
                && await ShowAsync(download, new KeptFile(known, IsNew: false), cancellationToken) is { } shown) return shown;

            if (time.UtcNow() - download.ReceivedAt > MetaKeeps) return new DownloadResult.Expired();
            if (download.AccessToken is null || !secrets.TryOpen(download.AccessToken, NumberStore.PlaceOf(download.WhatsappNumberId), out var token))
                return new DownloadResult.Waits("The number has no token that can be used", options.Value.TokenPause);
            return await FetchAsync(download, token, cancellationToken);
        }
        catch (StorageException exception)
        {
            return new DownloadResult.Waits(exception.Message, Pause(2));
        }
    }

    /// <summary>The pause after so many attempts, give or take a fifth: what failed together must not be repeated together.</summary>
    public TimeSpan Pause(int attempts)
        => TimeSpan.FromSeconds(Math.Min(options.Value.RetryBase.TotalSeconds * Math.Pow(4, Math.Min(attempts, 20) - 1), options.Value.RetryLimit.TotalSeconds))
            * (0.8 + (0.4 * Random.Shared.NextDouble()));

    private TimeSpan MetaKeeps => TimeSpan.FromDays(options.Value.MetaDays);

    private async Task<DownloadResult> FetchAsync(Download download, string token, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.Value.Timeout);
        try
        {
            // An address that is not good any more: a new one, at once, and once.
            for (var isAgain = false; ; isAgain = true)
            {
                var address = await graph.FindAsync(download.MetaId!, download.PhoneNumberId!, token, timeout.Token);
                if (address is MediaAddress.Unanswered { Reason: var silence }) return new DownloadResult.Away(silence);
                if (address is MediaAddress.Refused refused) return Refused(download, refused);
                var found = (MediaAddress.Found)address;
                if (found.Size > WhatsAppLimits.Largest) return new DownloadResult.Failed(DownloadFailure.TooLarge);

                var bytes = await graph.OpenAsync(found.Address, token, timeout.Token);
                if (bytes is MediaBytes.Opened { Content: var content })
                {
                    await using (content) return await ReceiveAsync(download, found, content, timeout.Token);
                }
                if (bytes is MediaBytes.Unanswered { Reason: var reason }) return new DownloadResult.Away(reason);
                var (status, words) = (MediaBytes.Refused)bytes;
                if (status == 0) return new DownloadResult.Failed(DownloadFailure.Refused(words));
                if (status is 429 or >= 500) return new DownloadResult.Away(words);
                if (isAgain) return new DownloadResult.Wrong(status is 404 or 410 ? DownloadFailure.NotFound : DownloadFailure.Refused(words));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new DownloadResult.Away("The file did not come in time");
        }
        // The connection broke off, or nothing came for too long.
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return new DownloadResult.Wrong(DownloadFailure.Truncated);
        }
    }

    private async Task<DownloadResult> ReceiveAsync(Download download, MediaAddress.Found found, Stream content, CancellationToken cancellationToken)
    {
        string? mimeType = null;
        SpooledFile spooled;
        try
        {
            spooled = await spool.WriteAsync(content, Limit, cancellationToken);
        }
        catch (FileTooLargeException)
        {
            return new DownloadResult.Failed(DownloadFailure.TooLarge);
        }
        using (spooled)
        {
            if (spooled.Size < (found.Size ?? 1)) return new DownloadResult.Wrong(DownloadFailure.Truncated);
            if ((found.Sha256 ?? download.Hash) is { } hash && !spooled.Sha256.AsSpan().SequenceEqual(hash)) return new DownloadResult.Wrong(DownloadFailure.WrongHash);
            if (!ContentKind.Fits(download.MessageType!, mimeType)) return new DownloadResult.Failed(DownloadFailure.WrongKind);
            var kept = await keep.RunAsync(download.OrganizationId, spooled, mimeType ?? Claimed(download), cancellationToken);
            // Erased at that very moment: from the beginning.
            return await ShowAsync(download, kept, cancellationToken) ?? new DownloadResult.Away("The same file was erased meanwhile");
        }

        long Limit(ReadOnlyMemory<byte> head)
        {
            mimeType = ContentKind.Of(head.Span);
            return WhatsAppLimits.Largest;
        }
    }

    // What we do not know may be what it is said to be, as long as nothing else can be made of it.
    private static string Claimed(Download download)
    {
        var said = download.MimeType?.Split(';')[0].Trim().ToLowerInvariant();
        return said is not null && said.StartsWith($"{download.MessageType}/", StringComparison.Ordinal) && said.Length <= 100 && said.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '+' or '.')
            ? said
            : "application/octet-stream";
    }

    /// <returns>Null if the file was erased meanwhile.</returns>
    private async Task<DownloadResult?> ShowAsync(Download download, KeptFile kept, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync([download.ConversationId], cancellationToken);
        var isOurs = await DownloadStore.EndAsync(transaction, download, cancellationToken);
        if (!isOurs || await transaction.LoadAsync([download.MessageId], cancellationToken) is not [var message]
            || MessageMedia.Of(message.Media) is not { State: MediaState.Pending } media)
        {
            await transaction.CommitAsync(cancellationToken);
            await keep.SettleAsync(kept, null);
            return new DownloadResult.Over();
        }
        var own = new NewMedia(Guid.CreateVersion7(), message.Id, media.Filename);
        if (await MediaStore.AddAsync(transaction.Transaction, kept, own, cancellationToken) is not { } file) return null;
        transaction.Change(ChangeKind.Updated, message with { Media = file.Shown(own.Id, media.Filename, media.Voice is true).ToJson() });
        await transaction.CommitAsync(cancellationToken);
        await keep.SettleAsync(kept, file);
        return new DownloadResult.Stored();
    }

    private DownloadResult Refused(Download download, MediaAddress.Refused refused) => refused switch
    {
        // "Object with ID … does not exist": of a file it is the file. Which message may be a token's, too, it does not say.
        { HttpStatus: 404 or 410 } or { Error.Code: 100 or 33 or 131052 } => time.UtcNow() - download.OccurredAt > MetaKeeps
            ? new DownloadResult.Expired()
            : new DownloadResult.Wrong(DownloadFailure.NotFound),
        _ => GraphErrors.Classify(refused.HttpStatus, refused.Error.Code, refused.Error.Subcode) switch
        {
            GraphErrorClass.Credentials or GraphErrorClass.AccountIntegrity or GraphErrorClass.Registration
                => new DownloadResult.Waits(refused.Error.Text, options.Value.TokenPause),
            GraphErrorClass.Throttle => new DownloadResult.Waits(refused.Error.Text, options.Value.TokenPause),
            GraphErrorClass.Transient => new DownloadResult.Away(refused.Error.Text),
            _ => new DownloadResult.Wrong(DownloadFailure.Refused(refused.Error.Text)),
        },
    };
}
