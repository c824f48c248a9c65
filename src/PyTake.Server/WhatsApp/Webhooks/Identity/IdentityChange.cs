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
        await RekeyAsync(transaction, number.OrganizationId, contact, change.New, cancellationToken);
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

    private static Task RekeyAsync(StreamTransaction transaction, Guid organization, Guid contact, CustomerIdentity identity, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into contact_identities (organization_id, kind, value, contact_id)
            select @organization, kind, value, @contact from unnest(@kinds, @values) as k (kind, value)
            on conflict (organization_id, kind, value) do update set contact_id = excluded.contact_id;

            update contacts
            set whatsapp_id = coalesce(@waId, whatsapp_id), phone_number = coalesce('+' || @waId, phone_number), updated_at = @now
            where id = @contact
            """;
        var keys = identity.Keys().ToArray();
        return transaction.Connection.ExecuteAsync(new CommandDefinition(Sql, new
        {
            organization, contact, identity.WaId, now = transaction.Now,
            kinds = keys.Select(k => k.Kind).ToArray(), values = keys.Select(k => k.Value).ToArray(),
        }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    private static async Task AddSystemMessageAsync(
        StreamTransaction transaction, Guid number, Guid contact, IdentityChanged change, CancellationToken cancellationToken)
    {
        if (await CustomerStore.ActiveAsync(transaction.Connection, transaction.Transaction, contact, number, cancellationToken) is not { } active) return;
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
