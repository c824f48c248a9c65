using PyTake.Conversations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Finds whose messages are, and creates contacts for customers who are new and conversations for those who have none open. What is certain
/// decides: a user id before a number, and two contacts are never taken for one (WHATSAPP, section 6).
/// </summary>
internal sealed class CustomerWriter(StreamTransaction transaction, CustomerLookup lookup)
{
    private readonly List<NewContact> _contacts = [];
    private readonly List<NewIdentity> _identities = [];
    private readonly List<TakenNumber> _taken = [];
    private readonly List<NewConversation> _conversations = [];
    private readonly Dictionary<Guid, Profile> _profiles = [];
    private readonly Dictionary<Guid, Whereabouts> _whereabouts = [];

    /// <summary>Writes what messages say of their customers; each gets its conversation in the lookup.</summary>
    /// <returns>Conversations of customers who have new names, where their message was received before and so does not change them.</returns>
    /// <exception cref="RacedException">Another transaction has written the same first.</exception>
    public async Task<IReadOnlyList<Guid>> RunAsync(IEnumerable<WebhookUpdate> updates, CancellationToken cancellationToken)
    {
        List<Guid> renamed = [];
        foreach (var message in updates.OfType<MessageReceived>())
        {
            if (lookup.Number(message.PhoneNumberId) is not { } number) continue;
            if (lookup.Earlier(message) is { } repeated)
            {
                if (RenamesAgain(message, number.OrganizationId)) renamed.Add(repeated.ConversationId);
                continue;
            }
            var contact = ContactOf(message, number.OrganizationId);
            lookup.SetConversationOf(message, await ConversationOfAsync(message, contact, number, cancellationToken));
        }
        await InsertAsync(cancellationToken);
        await ConversationWriter.InsertAsync(transaction, _conversations, cancellationToken);
        await ContactStore.RenameAsync(transaction, _profiles, cancellationToken);
        await ContactStore.MoveAsync(transaction, _whereabouts.Values, cancellationToken);
        return renamed;
    }

    /// <summary>Creates the contact of a customer who has none, and who has said something else than a message.</summary>
    /// <exception cref="RacedException">Another transaction has created it first.</exception>
    public async Task<Guid> CreateAsync(Guid organization, CustomerIdentity customer, CancellationToken cancellationToken)
    {
        var contact = Add(organization, customer);
        await InsertAsync(cancellationToken);
        return contact;
    }

    /// <summary>Creates the contacts of people in the business' address book, under the names that it gave them. A number that is another contact's stays theirs.</summary>
    /// <exception cref="RacedException">Another transaction has created one of them first.</exception>
    public async Task CreateNamedAsync(IEnumerable<(Guid Organization, CustomerIdentity Customer)> people, CancellationToken cancellationToken)
    {
        foreach (var (organization, customer) in people)
            if (customer.Keys().Any(key => lookup.Owner(organization, key.Kind, key.Value) is null)) Add(organization, customer, isNameGiven: true);
        await InsertAsync(cancellationToken);
    }

    private async Task InsertAsync(CancellationToken cancellationToken)
    {
        await ContactStore.InsertAsync(transaction, _contacts, _identities, cancellationToken);
        await ContactStore.TakeAsync(transaction, _taken, cancellationToken);
        _contacts.Clear();
        _identities.Clear();
        _taken.Clear();
    }

    private Guid ContactOf(MessageReceived message, Guid organization)
    {
        var customer = WithNumberIfTheirs(message, organization);
        if (lookup.Contact(organization, customer) is not { } known) return Add(organization, customer);
        Rename(known, message);
        Move(known, message, customer);
        AddKeys(organization, customer, known);
        return known;
    }

    private Guid Add(Guid organization, CustomerIdentity customer, bool isNameGiven = false)
    {
        var contact = customer.ToContact(Guid.CreateVersion7(), organization) with { IsNameGiven = isNameGiven };
        _contacts.Add(contact);
        lookup.SetKnown(contact.Id, new(isNameGiven ? default : new(contact.Name, contact.Username), contact.WhatsappId, contact.PhoneNumber, null));
        AddKeys(organization, customer, contact.Id, takesNumbers: !isNameGiven);
        return contact.Id;
    }

    // An old message may name a number that has become somebody else's since.
    private CustomerIdentity WithNumberIfTheirs(MessageReceived message, Guid organization)
    {
        var customer = message.Customer;
        if (!message.Historic || customer.WaId is not { } number || customer.UserId is null) return customer;
        var isAnothers = lookup.Owner(organization, IdentityKind.Phone, PhoneNumbers.Normalize(number)) is (var owner, true)
            && lookup.Contact(organization, customer) != owner;
        return isAnothers ? customer with { WaId = null } : customer;
    }

    private void AddKeys(Guid organization, CustomerIdentity customer, Guid contact, bool takesNumbers = true)
    {
        foreach (var (kind, value) in customer.Keys())
        {
            var owner = lookup.Owner(organization, kind, value);
            if (owner == (contact, true)) continue;
            if (owner is null) _identities.Add(new(organization, kind, value, contact));
            else if (kind == IdentityKind.Phone && takesNumbers) _taken.Add(Taken(organization, value, contact, owner.Value.Contact));
            else continue;
            lookup.AddKey(organization, kind, value, contact);
        }
    }

    private TakenNumber Taken(Guid organization, string value, Guid contact, Guid from)
    {
        var loser = lookup.Known(from);
        var isPresent = from != contact && loser.PhoneNumber is not null && loser.IsPresent(value);
        if (isPresent) lookup.SetKnown(from, loser with { PhoneNumber = null });
        return new(organization, value, contact, from, isPresent ? loser.PhoneNumber : null);
    }

    // What a history repeats has the customer's present name; what Meta sends again has an old one.
    private bool RenamesAgain(MessageReceived message, Guid organization)
        => message.Historic && lookup.Contact(organization, WithNumberIfTheirs(message, organization)) is { } known && Rename(known, message);

    // Names come with messages of both sides. An echo's is only better than none, because it may be older than what the customer said last.
    private bool Rename(Guid contact, MessageReceived message)
    {
        var (known, customer) = (lookup.Known(contact), message.Customer);
        var before = known.Profile;
        var said = message.FromCustomer || message.Historic
            ? new Profile(customer.Name ?? before.Name, customer.Username ?? before.Username)
            : new Profile(before.Name ?? customer.Name, before.Username ?? customer.Username);
        if (said == before) return false;
        _profiles[contact] = said;
        lookup.SetKnown(contact, known with { Profile = said });
        return true;
    }

    // A customer is answered where they last wrote from. Other messages only tell a number of theirs.
    private void Move(Guid contact, MessageReceived message, CustomerIdentity customer)
    {
        if (customer is { WaId: null, UserId: null }) return;
        var known = lookup.Known(contact);
        var writes = message is { FromCustomer: true, Historic: false };
        var moves = writes && (known.Address != customer.Address || (customer.PhoneNumber is { } number && number != known.PhoneNumber));
        var isNew = customer.WaId is { } shown && known.PhoneNumber != customer.PhoneNumber
            && (known.PhoneNumber is null || !known.Has(PhoneNumbers.Normalize(shown)));
        if (!moves && !isNew) return;

        var before = _whereabouts.GetValueOrDefault(contact);
        var seen = Join(before?.Seen, known.PhoneNumber, customer.PhoneNumber);
        if (moves && !(before is { Address: not null } later && later.At > message.OccurredAt))
        {
            _whereabouts[contact] = new(contact, customer.Address, customer.PhoneNumber ?? before?.PhoneNumber, seen, message.OccurredAt);
            lookup.SetKnown(contact, known with
            {
                Address = customer.Address,
                PhoneNumber = customer.PhoneNumber ?? known.PhoneNumber,
                FormerNumbers = Join(known.FormerNumbers, known.PhoneNumber),
            });
        }
        else
        {
            _whereabouts[contact] = before is null ? new(contact, null, customer.PhoneNumber, seen, message.OccurredAt) : before with { Seen = seen };
            lookup.SetKnown(contact, known with
            {
                PhoneNumber = known.PhoneNumber ?? customer.PhoneNumber,
                FormerNumbers = Join(known.FormerNumbers, customer.PhoneNumber),
            });
        }
    }

    private async Task<Guid> ConversationOfAsync(MessageReceived message, Guid contact, NumberRef number, CancellationToken cancellationToken)
    {
        if (lookup.Conversation(contact, number.Id) is { } open) return open;
        var known = message.Historic
            ? await ConversationStore.LatestAsync(transaction, contact, number.Id, cancellationToken)
            : null;
        if (known is null) _conversations.Add(new(Guid.CreateVersion7(), number.OrganizationId, contact, number.Id, message.Historic));
        var conversation = known ?? _conversations[^1].Id;
        lookup.AddConversation(contact, number.Id, conversation);
        return conversation;
    }

    private static string? Join(params ReadOnlySpan<string?> numbers)
    {
        var joined = string.Join(' ', numbers.ToArray().Where(n => !string.IsNullOrEmpty(n)));
        return joined.Length == 0 ? null : joined;
    }
}
