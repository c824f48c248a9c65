using Npgsql;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A request to add a note, which only agents see.</summary>
/// <param name="ClientMessageId">The client's idempotency key, as for a message: the same key returns the same note.</param>
public sealed record AddNoteRequest(string? Text, string? ClientMessageId);

/// <summary>Adds a note, which is shown to everybody who has the conversation open and never sent to WhatsApp.</summary>
public sealed class AddNote(ConversationStreams streams)
{
    /// <summary>Either the note is in the conversation, once for each key, or nothing has changed.</summary>
    public async Task<Outcome<SentMessage>> RunAsync(Caller caller, Guid conversationId, AddNoteRequest request, CancellationToken cancellationToken)
    {
        if (ClientKey.Problem(request.ClientMessageId) is { } wrong) return wrong;
        try
        {
            return await AddAsync(caller, conversationId, request, cancellationToken);
        }
        catch (PostgresException exception) when (ClientKey.IsTaken(exception))
        {
            return ClientKey.OfOtherConversation;
        }
    }

    private async Task<Outcome<SentMessage>> AddAsync(Caller caller, Guid conversationId, AddNoteRequest request, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync([conversationId], cancellationToken);
        if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
        if (await ClientKey.EarlierAsync(transaction, caller, conversationId, request.ClientMessageId, cancellationToken) is { } earlier) return earlier;
        if (Erasure.Refuses(conversation) is { } refusal) return refusal;
        var note = transaction.Add(Draft(caller, conversation, request.Text!, transaction.Now) with { ClientMessageId = request.ClientMessageId });
        await transaction.CommitAsync(cancellationToken);
        return new SentMessage(note, IsNew: true);
    }

    /// <summary>A note, without seq so far. It waits for nothing, so its status is sent.</summary>
    internal static Message Draft(Caller caller, Conversation conversation, string text, DateTime now)
        => Outbox.Draft(caller, conversation, MessageType.Note, now) with
        {
            Content = RawJson.Of(new { text }),
            Status = MessageStatus.Sent,
            SentAt = now,
        };
}
