using PyTake.Conversations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Gives contacts the names that the business gave them in its phone app. A name that a contact has, from the customer or from an agent, stays. Who
/// has not written yet becomes a contact, because the address book comes before the first message.
/// </summary>
internal static class AddressBook
{
    public static async Task ApplyAsync(
        StreamTransaction transaction, WebhookUpdate[] updates, CustomerLookup lookup, CustomerWriter customers, CancellationToken cancellationToken)
    {
        List<(Guid Organization, CustomerIdentity Customer)> unknown = [];
        Dictionary<Guid, string> names = [];
        foreach (var entry in updates.OfType<AddressBookEntry>())
        {
            if (lookup.Number(entry.PhoneNumberId) is not { OrganizationId: var organization }) continue;
            if (lookup.Contact(organization, entry.Customer) is { } known) names[known] = entry.Customer.Name!;
            else unknown.Add((organization, entry.Customer));
        }
        await customers.CreateNamedAsync(unknown, cancellationToken);
        foreach (var conversation in await ContactStore.NameAsync(transaction, names, cancellationToken))
            if (transaction.Find(conversation) is { } shown) transaction.Update(shown);
    }
}
