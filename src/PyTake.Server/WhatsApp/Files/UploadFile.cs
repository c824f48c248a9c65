using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Media;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Files;

/// <summary>
/// Uploads the file of a message to the number that sends it, once: Meta's id serves all further messages of that number until it expires. While it is
/// under way the message's row says so and its lease is renewed, so that a message whose node dies meanwhile is sent by another: nothing of it was
/// sent yet.
/// </summary>
internal sealed class UploadFile(
    MediaStore files, IFileStorage storage, GraphMedia graph, OutboundStore outbox, IOptions<OutboundOptions> options, TimeProvider time) : IOutboundMedia, IDisposable
{
    private const int AtATime = 8;

    // A day less than the 30 for which Meta keeps it.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(29);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _room = new(AtATime);

    /// <inheritdoc/>
    public async Task<GraphAnswer?> FindAsync(OutboundMessage message, string accessToken, string mediaId, CancellationToken cancellationToken)
    {
        // Messages from before uploads name Meta's own ids.
        if (!Guid.TryParse(mediaId, out var id)) return new GraphAnswer.Accepted(mediaId);
        if (await files.FindAsync(message.OrganizationId, id, cancellationToken) is not { File: var file, Filename: var filename })
            return new GraphAnswer.Refused(400, new GraphError(131053, null, "The message's file is not here any more", null, null));
        if (await files.UploadedAsync(file.Id, message.PhoneNumberId, cancellationToken) is { } known) return new GraphAnswer.Accepted(known);

        if (!await outbox.SetUploadingAsync(message, isUploading: true, LeaseUntil, cancellationToken)) return null;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = RenewAsync(message, over.Token);
        var answer = await UploadAsync(message, accessToken, file, filename, cancellationToken);
        await over.CancelAsync();
        await renewing;
        // From here on it may arrive. Whoever has lost the row must not send.
        return await outbox.SetUploadingAsync(message, isUploading: false, LeaseUntil, cancellationToken) ? answer : null;
    }

    /// <inheritdoc/>
    public Task ForgetAsync(OutboundMessage message, string metaId, CancellationToken cancellationToken)
        => files.ForgetUploadedAsync(message.PhoneNumberId, metaId, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private DateTime LeaseUntil => time.UtcNow() + options.Value.WholeLease;

    private async Task<GraphAnswer> UploadAsync(OutboundMessage message, string accessToken, StoredFile file, string? filename, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        try
        {
            // Another message with the same file may have been first.
            if (await files.UploadedAsync(file.Id, message.PhoneNumberId, cancellationToken) is { } known) return new GraphAnswer.Accepted(known);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(Longest);
            await using var content = await storage.OpenAsync(file.Name, 0, file.Size - 1, timeout.Token);
            if (content is null) return new GraphAnswer.NotSent("The storage does not have the file");
            var answer = await graph.UploadAsync(message.PhoneNumberId, accessToken, content, file.MimeType, filename ?? "file", timeout.Token);
            if (answer is GraphAnswer.Accepted { Id: var metaId })
                await files.SetUploadedAsync(file.Id, message.PhoneNumberId, metaId, time.UtcNow() + Lifetime, cancellationToken);
            return answer;
        }
        catch (Exception exception) when (exception is StorageException or OperationCanceledException)
        {
            return new GraphAnswer.NotSent(exception.Message);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task RenewAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Value.WholeLease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                if (!await outbox.SetUploadingAsync(message, isUploading: true, LeaseUntil, cancellationToken)) return;
        }
        catch (OperationCanceledException)
        {
            // The upload is over.
        }
        catch (Npgsql.NpgsqlException)
        {
            // The lease ends, and the upload's own end finds out whether it was lost.
        }
    }
}
