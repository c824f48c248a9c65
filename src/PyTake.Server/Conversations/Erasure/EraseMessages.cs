namespace PyTake.Conversations;

/// <summary>Erases messages of a conversation in bites, each of which takes its numbers in the stream and is seen by browsers like any other change.</summary>
public sealed class EraseMessages(ConversationStreams streams, IEnumerable<ICustomerRecords> records)
{
    /// <summary>Messages in one transaction, so that no message of the customer's waits for long.</summary>
    public const int Bite = 200;

    /// <summary>Erases the messages of a conversation that are not erased yet.</summary>
    /// <param name="before">Only those from before this time; null for all.</param>
    /// <returns>How many.</returns>
    public async Task<int> RunAsync(Guid conversationId, DateTime? before, CancellationToken cancellationToken)
    {
        int count, all = 0;
        do all += count = await BiteAsync(conversationId, before, cancellationToken);
        while (count == Bite);
        return all;
    }

    private async Task<int> BiteAsync(Guid conversationId, DateTime? before, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync([conversationId], cancellationToken);
        if (transaction.Find(conversationId) is null) return 0;
        var messages = await transaction.LoadAsync(
            await MessageStore.UnerasedAsync(transaction, conversationId, before, Bite, cancellationToken), cancellationToken);
        if (messages.Count == 0) return 0;

        foreach (var record in records) await record.EraseAsync(transaction, messages, cancellationToken);
        foreach (var message in messages)
        {
            var erased = transaction.Change(ChangeKind.Updated, message.Erased(transaction.Now));
            transaction.Update(transaction[conversationId].WithRewritten(erased));
        }
        // An erased failure is nothing to be sent again.
        var conversation = transaction[conversationId];
        var failed = messages.Count(message => message.Status is MessageStatus.Failed or MessageStatus.Pending);
        transaction.Update(conversation with { FailedCount = Math.Max(0, conversation.FailedCount - failed) });
        transaction.AddStatement(StreamWriter.ForgetQuotes([.. messages.Select(message => message.Id)]));
        await transaction.CommitAsync(cancellationToken);
        return messages.Count;
    }
}
