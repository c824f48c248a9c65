using PyTake.Conversations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Gives contacts the names that the business gave them in its phone app. A name that a contact has, from the customer or from an agent, stays. Who
/// has not written yet becomes a contact, because the address book comes before the first message.
/// </summary>
internal static class AddressBook
{
    public static async Task ApplyAsync(StreamTransaction transaction, WebhookUpdate[] updates, CustomerLookup lookup, CancellationToken cancellationToken)
    {
        List<NewContact> contacts = [];
        List<NewIdentity> identities = [];
        Dictionary<Guid, string> names = [];
        foreach (var entry in updates.OfType<AddressBookEntry>())
        {
            if (lookup.Number(entry.PhoneNumberId) is not { } number) continue;
            if (lookup.Contact(number.OrganizationId, entry.Customer) is { } known)
            {
                names[known] = entry.Customer.Name!;
                continue;
            }
            var keys = entry.Customer.Keys().Where(k => lookup.Owner(number.OrganizationId, k.Kind, k.Value) is null).ToArray();
            if (keys.Length == 0) continue;
            var contact = entry.Customer.ToContact(Guid.CreateVersion7(), number.OrganizationId) with { IsNameGiven = true };
            contacts.Add(contact);
            lookup.SetKnown(contact.Id, new(default, contact.WhatsappId, contact.PhoneNumber, null));
            foreach (var (kind, value) in keys)
            {
                identities.Add(new(number.OrganizationId, kind, value, contact.Id));
                lookup.AddKey(number.OrganizationId, kind, value, contact.Id);
            }
        }
        await ContactStore.InsertAsync(transaction, contacts, identities, cancellationToken);
        foreach (var conversation in await ContactStore.NameAsync(transaction, names, cancellationToken))
            if (transaction.Find(conversation) is { } shown) transaction.Update(shown);
    }
}
