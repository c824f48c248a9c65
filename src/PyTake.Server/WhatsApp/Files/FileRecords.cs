using PyTake.Conversations;
using PyTake.Media;

namespace PyTake.WhatsApp.Files;

/// <summary>The files of messages that are erased: nobody gets them from that moment, and what nobody else has is erased within minutes.</summary>
internal sealed class FileRecords : ICustomerRecords
{
    /// <inheritdoc/>
    public Task EraseAsync(StreamTransaction transaction, IReadOnlyList<Message> messages, CancellationToken cancellationToken)
    {
        Guid[] withFiles = [.. messages.Where(message => message.Media is not null).Select(message => message.Id)];
        if (withFiles.Length == 0) return Task.CompletedTask;
        transaction.AddStatement(DownloadStore.Drop(withFiles));
        transaction.AddStatement(MediaStore.Taken(withFiles));
        return Task.CompletedTask;
    }
}
