using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A request to send an agent's message (CONTRACT, section 4).</summary>
/// <param name="ClientMessageId">The client's idempotency key; the header <c>Idempotency-Key</c> is an alternative.</param>
public sealed record SendMessageRequest(string? MessageType, JsonElement Content, Guid? ReplyToMessageId, string? ClientMessageId);

/// <summary>The message, and whether this request created it or an earlier one with the same key did.</summary>
public sealed record SentMessage(Message Message, bool IsNew);

/// <summary>Stores an agent's message and queues it for sending.</summary>
public sealed class SendMessage(ConversationStreams streams, IOutbox outbox, IAttachments attachments, MarketingRule marketing)
{
    /// <summary>
    /// Either the message is pending, in the room and in the outbox, or nothing has changed. Requests with the same key return the same
    /// message, also when they arrive at the same time.
    /// </summary>
    public async Task<Outcome<SentMessage>> RunAsync(Caller caller, Guid conversationId, SendMessageRequest request, CancellationToken cancellationToken)
    {
        if (ClientKey.Problem(request.ClientMessageId) is { } wrong) return wrong;
        if (!OutboundContent.Read(request.MessageType, request.Content).Is(out var content, out var refusal)) return refusal;
        // Before anything is locked, because WhatsApp may be asked.
        var stopped = request.MessageType == MessageType.Template ? await marketing.RefusesAsync(caller, conversationId, content, cancellationToken) : null;
        try
        {
            return await SendAsync(caller, conversationId, request, content, stopped, cancellationToken);
        }
        catch (PostgresException exception) when (ClientKey.IsTaken(exception))
        {
            return ClientKey.OfOtherConversation;
        }
    }

    private async Task<Outcome<SentMessage>> SendAsync(
        Caller caller, Guid conversationId, SendMessageRequest request, JsonObject content, Refusal? stopped, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync([conversationId], cancellationToken);
        if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
        if (await ClientKey.EarlierAsync(transaction, caller, conversationId, request.ClientMessageId, cancellationToken) is { } earlier) return earlier;
        if ((Outbox.Refuses(conversation, request.MessageType!, transaction.Now) ?? stopped) is { } refused) return refused;

        var draft = Outbox.Draft(caller, conversation, request.MessageType!, transaction.Now) with { ClientMessageId = request.ClientMessageId };
        var complete = draft.MessageType == MessageType.Reaction
            ? await ReactAsync(transaction, draft, content, cancellationToken)
            : await QuoteAsync(transaction, draft, request.ReplyToMessageId, cancellationToken);
        if (!complete.Is(out var message, out var refusal)) return refusal;
        if (message.MessageType != MessageType.Reaction
            && !(await attachments.AttachAsync(transaction, conversation, message, content, cancellationToken)).Is(out message, out refusal)) return refusal;

        message = outbox.Queue(transaction, conversation, transaction.Add(message));
        await transaction.CommitAsync(cancellationToken);
        return new SentMessage(message, IsNew: true);
    }

    private static async Task<Outcome<Message>> QuoteAsync(StreamTransaction transaction, Message draft, Guid? quoted, CancellationToken cancellationToken)
    {
        if (quoted is not { } id) return draft;
        if (await FindAsync(transaction, draft.ConversationId, id, cancellationToken) is not { } original)
            return Refusal.Invalid("reply_to_message_id", "is not a message of this conversation");
        return draft with { ReplyToMessageId = original.Id, ReplyToWhatsappMessageId = original.WhatsappMessageId };
    }

    // As in WhatsApp, a reaction is shown at its target message. It is also a message itself, because it is sent, may fail,
    // and may be retried; clients draw no bubble for it.
    private static async Task<Outcome<Message>> ReactAsync(
        StreamTransaction transaction, Message draft, JsonObject content, CancellationToken cancellationToken)
    {
        var (named, emoji) = ((string)content["message_id"]!, (string)content["emoji"]!);
        var conversation = transaction[draft.ConversationId];
        var id = Guid.TryParse(named, out var own) ? own : await MessageStore.FindByWhatsappIdAsync(transaction, conversation, named, cancellationToken);
        if (id is null || await FindAsync(transaction, conversation.Id, id.Value, cancellationToken) is not { } target)
            return Refusal.Invalid("content.message_id", "is not a message of this conversation");
        if (target.WhatsappMessageId is not { } wamid)
            return Refusal.Conflict("This message has not reached WhatsApp, so nobody can react to it");

        transaction.Change(ChangeKind.Updated, target.With(new Reaction(emoji, draft.SenderType, draft.SenderUserId, transaction.Now)));
        return draft with
        {
            Content = RawJson.Of(new JsonObject { ["message_id"] = wamid, ["emoji"] = emoji }),
            ReplyToMessageId = target.Id,
            ReplyToWhatsappMessageId = wamid,
        };
    }

    // A call is a line of the conversation that WhatsApp knows no message by.
    private static async Task<Message?> FindAsync(StreamTransaction transaction, Guid conversationId, Guid messageId, CancellationToken cancellationToken)
    {
        var found = await transaction.LoadAsync([messageId], cancellationToken);
        return found is [var message] && message.ConversationId == conversationId && message.MessageType != MessageType.Call ? message : null;
    }
}
