using System.Text.Json.Nodes;
using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Sends a failed message again.</summary>
public sealed class RetryMessage(ConversationStreams streams, IOutbox outbox, MarketingRule marketing)
{
    /// <summary>Returns the same message, pending again and without its error.</summary>
    public async Task<Outcome<Message>> RunAsync(Caller caller, Guid conversationId, Guid messageId, CancellationToken cancellationToken)
    {
        var stopped = await StoppedAsync(caller, conversationId, messageId, cancellationToken);
        await using var transaction = await streams.BeginAsync([conversationId], cancellationToken);
        if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
        if (await transaction.LoadAsync([messageId], cancellationToken) is not [var message] || message.ConversationId != conversationId)
            return Refusal.NotFound("Message");
        if (message.Status != MessageStatus.Failed) return Refusal.Conflict($"Only a failed message can be sent again; this one is {message.Status}");
        if ((Outbox.Refuses(conversation, message.MessageType, transaction.Now) ?? stopped) is { } refusal) return refusal;

        var pending = transaction.Change(ChangeKind.Status, message with
        {
            Status = MessageStatus.Pending,
            WhatsappMessageId = null,
            SentAt = null,
            FailedAt = null,
            ErrorCode = null,
            ErrorMessage = null,
        });
        await AgentReactions.ShowAsync(transaction, pending, cancellationToken);
        pending = outbox.Queue(transaction, conversation, pending);
        await transaction.CommitAsync(cancellationToken);
        return pending;
    }

    // Before anything is locked, because WhatsApp may be asked.
    private async Task<Refusal?> StoppedAsync(Caller caller, Guid conversationId, Guid messageId, CancellationToken cancellationToken)
    {
        Message? message;
        await using (var transaction = await streams.BeginAsync(cancellationToken))
            message = (await transaction.LoadAsync([messageId], cancellationToken)).SingleOrDefault();
        return message?.MessageType == MessageType.Template
            ? await marketing.RefusesAsync(caller, conversationId, JsonNode.Parse(message.Content.Text)!.AsObject(), cancellationToken)
            : null;
    }
}
