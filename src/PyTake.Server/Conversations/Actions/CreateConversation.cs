using System.Text.Json;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <param name="InitialMessage">A text to send at once; refused while the customer's window is closed.</param>
public sealed record CreateConversationRequest(Guid? ContactId, Guid? WhatsappNumberId, string? InitialMessage);

/// <summary>Starts a conversation with a contact over one of the organization's numbers.</summary>
public sealed class CreateConversation(ConversationStreams streams, ChangeConversation change, IOutbox outbox)
{
    /// <summary>Creates the conversation together with the first message, if there is one: both or neither.</summary>
    public async Task<Outcome<Conversation>> RunAsync(Caller caller, CreateConversationRequest request, CancellationToken cancellationToken)
    {
        if (request.ContactId is not { } contactId) return Refusal.Invalid("contact_id", "is required");
        if (request.WhatsappNumberId is not { } numberId) return Refusal.Invalid("whatsapp_number_id", "is required");
        if (request.InitialMessage is { } text
            && OutboundContent.Read(MessageType.Text, JsonSerializer.SerializeToElement(new { text })).Refusal is { } wrong)
            return wrong with { Field = "initial_message" };

        var made = new NewConversation(Guid.CreateVersion7(), caller.OrganizationId, contactId, numberId);
        await using (var transaction = await streams.BeginAsync(cancellationToken))
        {
            var owned = await ConversationStore.OwnsAsync(transaction, caller.OrganizationId, contactId, numberId, cancellationToken);
            if (!owned.Contact) return Refusal.NotFound("Contact");
            if (!owned.Number) return Refusal.NotFound("WhatsApp number");
            if (!await ConversationWriter.TryInsertAsync(transaction, made, cancellationToken))
                return Refusal.Conflict("There is already an active conversation with this contact on this number");

            await transaction.LockAsync([made.Id], cancellationToken);
            var conversation = transaction[made.Id];
            transaction.Update(conversation with { WindowExpiresAt = await ConversationStore.WindowAsync(transaction, conversation, cancellationToken) });
            if (request.InitialMessage is { } first && SendFirst(transaction, caller, transaction[made.Id], first) is { } refusal)
                return refusal;
            await transaction.CommitAsync(cancellationToken);
        }
        return await change.SeenByAsync(caller, made.Id, cancellationToken);
    }

    private Refusal? SendFirst(StreamTransaction transaction, Caller caller, Conversation conversation, string text)
    {
        if (Outbox.Refuses(conversation, MessageType.Text, transaction.Now) is { } refusal) return refusal;
        var message = transaction.Add(Outbox.Draft(caller, conversation, MessageType.Text, transaction.Now) with { Content = RawJson.Of(new { text }) });
        outbox.Queue(transaction, conversation, message);
        return null;
    }
}
