using PyTake.Accounts;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Words from agent to agent.</summary>
public sealed record AddNoteRequest(string? Text);

/// <summary>Adds a note, which everybody with the conversation open sees and WhatsApp never does.</summary>
public sealed class AddNote(ConversationStreams streams)
{
    public async Task<Outcome<Message>> RunAsync(Caller caller, Guid conversationId, string text, CancellationToken cancellationToken)
    {
        await using var transaction = await streams.BeginAsync([conversationId], cancellationToken);
        if (transaction.FindFor(caller, conversationId) is not { } conversation) return Refusal.NotFound("Conversation");
        var note = transaction.Add(Draft(caller, conversation, text, transaction.Now));
        await transaction.CommitAsync(cancellationToken);
        return note;
    }

    /// <summary>A note as yet without its number. There is nothing it waits for, so its status is sent.</summary>
    internal static Message Draft(Caller caller, Conversation conversation, string text, DateTime now)
        => Outbox.Draft(caller, conversation, MessageType.Note, now) with
        {
            Content = Json.Of(new { text }),
            Status = MessageStatus.Sent,
            SentAt = now,
        };
}
