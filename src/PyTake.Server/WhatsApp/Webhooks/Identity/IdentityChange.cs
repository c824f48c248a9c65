using Dapper;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Applies a customer's new number or user id: the contact stays the same and is found by the old and the new one.</summary>
internal static class IdentityChange
{
    /// <summary>Does nothing if no contact has the old keys: the customer's next message creates one.</summary>
    public static async Task ApplyAsync(StreamTransaction transaction, IdentityChanged change, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        if (lookup.Number(change.PhoneNumberId) is not { } number || lookup.Message(change.PhoneNumberId, change.Wamid) is not null) return;
        if (lookup.Contacts(number.OrganizationId, change.Old) is not [var contact, ..]) return;

        foreach (var other in lookup.Contacts(number.OrganizationId, change.New).Where(c => c != contact))
            if (!await IsSomebodyElseAsync(transaction, other, change.New.UserId, cancellationToken))
                await ContactMerge.RunAsync(transaction, contact, other, cancellationToken);
        await ContactStore.RekeyAsync(transaction, number.OrganizationId, contact, [.. change.New.Keys()], change.New.WaId, cancellationToken);
        await AddSystemMessageAsync(transaction, number.Id, contact, change, cancellationToken);
    }

    // Phone numbers are given to new people: a contact with another user id than the one Meta names is the previous owner, and only the number
    // moves. If Meta names none (the older form), the contact found by the new number is assumed to be the same person.
    private static Task<bool> IsSomebodyElseAsync(StreamTransaction transaction, Guid other, string? userId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select count(*) > 0 and not bool_or(value = @userId)
            from contact_identities
            where contact_id = @other and kind = 'bsuid' and @userId is not null
            """;
        return transaction.Connection.ExecuteScalarAsync<bool>(
            new CommandDefinition(Sql, new { other, userId }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    private static async Task AddSystemMessageAsync(
        StreamTransaction transaction, Guid number, Guid contact, IdentityChanged change, CancellationToken cancellationToken)
    {
        if (await ConversationStore.ActiveAsync(transaction, contact, number, cancellationToken) is not { } active) return;
        await transaction.LockAsync([active], cancellationToken);
        transaction.Add(new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = active,
            Direction = Direction.Inbound,
            SenderType = SenderType.System,
            MessageType = MessageType.System,
            Content = new(System.Text.Json.JsonSerializer.Serialize(new { text = change.Text ?? "" }, Wire.Options)),
            Status = MessageStatus.Received,
            WhatsappMessageId = change.Wamid,
            OccurredAt = change.OccurredAt,
            CreatedAt = transaction.Now,
        }, quiet: true);
    }
}
