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
        if (lookup.Contact(number.OrganizationId, change.Old) is not { } contact) return;

        List<Guid> merged = [];
        foreach (var (kind, value) in change.Old.Keys().Concat(change.New.Keys()))
        {
            if (lookup.Owner(number.OrganizationId, kind, value) is not (var other, true) || other == contact || merged.Contains(other)) continue;
            if (!await IsSomebodyElseAsync(transaction, other, change, cancellationToken))
            {
                await ContactMerge.RunAsync(transaction, contact, other, cancellationToken);
                merged.Add(other);
            }
            else if (kind == IdentityKind.Phone && change.New.Keys().Contains((kind, value)))
            {
                var shown = lookup.Known(other).IsPresent(value) ? lookup.Known(other).PhoneNumber : null;
                await ContactStore.TakeAsync(transaction, [new(number.OrganizationId, value, contact, other, shown)], cancellationToken);
            }
        }
        await ContactStore.RekeyAsync(
            transaction, number.OrganizationId, contact, [.. change.New.Keys()], change.New.WaId, change.New.UserId, cancellationToken);
        await AddSystemMessageAsync(transaction, number.Id, contact, change, cancellationToken);
    }

    // Only Meta's word makes two contacts one, and phone numbers are given to new people: a contact with other user ids than those that Meta names
    // is the previous owner, and only the number moves.
    private static Task<bool> IsSomebodyElseAsync(StreamTransaction transaction, Guid other, IdentityChanged change, CancellationToken cancellationToken)
    {
        const string Sql = """
            select count(*) > 0 and not bool_or(value = any(@userIds))
            from contact_identities
            where contact_id = @other and kind = 'bsuid'
            """;
        string[] userIds = [.. new[] { change.Old.UserId, change.New.UserId }.OfType<string>()];
        return transaction.Connection.ExecuteScalarAsync<bool>(
            new CommandDefinition(Sql, new { other, userIds }, transaction.Transaction, cancellationToken: cancellationToken));
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
