using Dapper;
using Npgsql;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Http;
using PyTake.Json;
using PyTake.WhatsApp.Numbers;

namespace PyTake.WhatsApp.Control;

/// <summary>Takes control of a conversation that somebody else answers, and gives it back. Meta decides; its handovers tell of the others' doings.</summary>
internal sealed class ThreadControl(NpgsqlDataSource db, GraphClient graph, SecretBox secrets, ChangeConversation change)
{
    /// <summary>Meta's answer to an app that is not the business's escalation partner.</summary>
    public const int NotEscalationPartner = 2494191;

    public Task<Outcome<Conversation>> TakeAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
        => RunAsync(caller, conversationId, "take", "taken", ConversationControl.Ours, cancellationToken);

    public Task<Outcome<Conversation>> ReleaseAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
        => RunAsync(caller, conversationId, "release", "released", ConversationControl.Nobody, cancellationToken);

    // Asked before anything is locked. Only Meta's consent changes anything here: after silence its handover or the customer's next message says who
    // has the conversation.
    private async Task<Outcome<Conversation>> RunAsync(
        Caller caller, Guid conversationId, string action, string done, string controlledBy, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller.OrganizationId, conversationId, cancellationToken) is not { } thread) return Refusal.NotFound("Conversation");
        if (thread.ControlledBy == controlledBy) return await change.SeenByAsync(caller, conversationId, cancellationToken);
        if (!secrets.TryOpen(thread.AccessToken, NumberStore.PlaceOf(thread.NumberId), out var token))
            return Refusal.Conflict("The number's access token cannot be decrypted: save it again");
        var answer = await graph.ControlAsync(thread.PhoneNumberId, token, thread.Recipient, action, cancellationToken);
        if (Refuses(answer) is { } refusal) return refusal;
        return await change.RunAsync(caller, conversationId, (transaction, conversation) =>
        {
            transaction.Add(Line(caller, conversation, done, controlledBy, transaction.Now), quiet: true);
            return transaction[conversationId].UnderControl(controlledBy, transaction.Now);
        }, CancellationToken.None);
    }

    private static Refusal? Refuses(GraphAnswer answer) => answer switch
    {
        GraphAnswer.Accepted => null,
        GraphAnswer.Refused { Error: { } error } when error.Code == NotEscalationPartner || error.Subcode == NotEscalationPartner => Refusal.Conflict(
            "WhatsApp lets only the escalation partner take conversations: an administrator has to choose this app in Meta Business Suite"),
        GraphAnswer.Refused { Error: { } error } => Refusal.Conflict($"WhatsApp did not hand the conversation over: {error.Text}"),
        _ => Refusal.Conflict("WhatsApp could not be reached, and the conversation stays where it is: try again"),
    };

    private static Message Line(Caller caller, Conversation conversation, string action, string to, DateTime now)
        => Outbox.Draft(caller, conversation, MessageType.Handover, now) with
        {
            Direction = Direction.Inbound,
            SenderType = SenderType.System,
            Status = MessageStatus.Received,
            Content = RawJson.Of(new { action, from = conversation.ControlledBy, to }),
        };

    private async Task<Thread?> FindAsync(Guid organizationId, Guid conversationId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select c.controlled_by, coalesce(s.whatsapp_id, k.whatsapp_id) as recipient, n.id as number_id, n.phone_number_id, n.access_token
            from conversations c
            join whatsapp_numbers n on n.id = c.whatsapp_number_id and n.is_active
            join contacts k on k.id = c.contact_id
            left join contacts s on s.id = k.merged_into
            where c.id = @conversationId and c.organization_id = @organizationId and k.erased_at is null
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Thread>(
            new CommandDefinition(Sql, new { conversationId, organizationId }, cancellationToken: cancellationToken));
    }

    /// <param name="Recipient">The customer, as messages to them are addressed.</param>
    private sealed record Thread(string? ControlledBy, string Recipient, Guid NumberId, string PhoneNumberId, byte[] AccessToken);
}
