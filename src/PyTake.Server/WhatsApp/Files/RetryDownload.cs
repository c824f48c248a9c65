using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Http;

namespace PyTake.WhatsApp.Files;

/// <summary>Has a customer's file that could not be fetched tried again.</summary>
internal sealed class RetryDownload(ConversationStreams streams, MessageStore messages, DownloadSignal signal)
{
    /// <summary>Returns the message, whose file is pending again.</summary>
    public async Task<Outcome<Message>> RunAsync(Caller caller, Guid messageId, CancellationToken cancellationToken)
    {
        if (await messages.FindAsync(caller.OrganizationId, messageId, cancellationToken) is not { } found) return Refusal.NotFound("Message");
        await using var transaction = await streams.BeginAsync([found.ConversationId], cancellationToken);
        if (transaction.FindFor(caller, found.ConversationId) is not { } conversation
            || await transaction.LoadAsync([messageId], cancellationToken) is not [var message]) return Refusal.NotFound("Message");
        if (MessageMedia.Of(message.Media) is not { } media) return Refusal.Conflict("The message has no file");
        if (media.State != MediaState.Failed) return Refusal.Conflict($"Only a file that failed can be fetched again; this one is {media.State}");

        var pending = transaction.Change(
            ChangeKind.Updated, message with { Media = (media with { State = MediaState.Pending, Error = null, ErrorCode = null }).ToJson() });
        transaction.AddStatement(DownloadStore.Queue([(pending, conversation)], transaction.Now));
        transaction.AfterCommit(signal.Wake);
        await transaction.CommitAsync(cancellationToken);
        return pending;
    }
}
