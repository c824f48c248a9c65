using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One of our numbers.</summary>
internal readonly record struct NumberRef(Guid Id, Guid OrganizationId);

/// <summary>A message that we have, found by Meta's id or by ours.</summary>
internal readonly record struct MessageRef(Guid Id, Guid ConversationId);

/// <summary>What a batch of updates refers to, looked up in one round trip: numbers, customers, their open conversations, messages.</summary>
/// <remarks>
/// Every look-up is a lateral with a limit, so that every plan, however old, has to use the full key. It skips the items of partitions that the
/// transaction has not locked, and so does not wait for rows that the transaction of another node holds.
/// </remarks>
internal sealed class CustomerLookup
{
    private readonly Dictionary<string, NumberRef> _numbers = [];
    private readonly Dictionary<(Guid Organization, string Kind, string Value), Guid> _contacts = [];
    private readonly Dictionary<(Guid Organization, string Value), Guid> _strayNumbers = [];
    private readonly Dictionary<(Guid Contact, Guid Number), Guid> _conversations = [];
    private readonly Dictionary<WebhookUpdate, Guid> _conversationsOf = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Guid, KnownContact> _known = [];
    private readonly HashSet<Guid> _withUserId = [];
    private readonly Dictionary<(string PhoneNumberId, string Wamid), MessageRef> _messages = [];
    private readonly Dictionary<(string PhoneNumberId, string InnerKey, string Customer), MessageRef> _guesses = [];
    private readonly Dictionary<WebhookUpdate, MessageRef[]> _candidates = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Guid, OwnRow> _ownMessages = [];
    private readonly KeyOf[] _keys;
    private readonly WamidOf[] _wamids;
    private readonly OwnMessageOf[] _ownKeys;
    // Messages of customers, which most updates are, seldom concern more than their own conversations.
    private readonly bool _changesMessages;

    private CustomerLookup(IReadOnlyCollection<WebhookItem> items)
    {
        _keys = [.. items.SelectMany(item => Keys(item.Update).Select(k => new KeyOf(item.Partition, k.PhoneNumberId, k.Kind, k.Value))).Distinct()];
        _wamids = [.. items.SelectMany(item => Wamids(item.Update).Select(w => WamidOf.Of(item.Partition, w))).Distinct()];
        _ownKeys = [.. from item in items
                       let id = item.Update is StatusReceived status ? OwnMessage(status) : null
                       where id is not null
                       select new OwnMessageOf(item.Partition, id.Value)];
        _changesMessages = items.Any(item => item.Update is not MessageReceived);
    }

    private static readonly string LookUpKeys = $"""
        select k.phone_number_id, n.id as number_id, n.organization_id, k.kind, k.value, i.contact_id, i.profile_name, i.username, i.whatsapp_id,
            i.phone_number, i.former_numbers, c.id as conversation_id
        {OfKeys(1)}
        """;

    private static readonly string LookUpWamids = $"select w.place, m.id, m.conversation_id, m.is_guess {OfWamids(1)}";

    private static readonly string LookUpOwnMessages = $"""
        select m.id, m.conversation_id, n.phone_number_id, q.state is not distinct from 'queued' as is_queued
        {OfOwnMessages(1)}
        join whatsapp_numbers n on n.id = m.whatsapp_number_id
        left join lateral (select state from outbox where message_id = m.id limit 1) q on true
        """;

    private static readonly string LockCustomers = Lock($"select c.id {OfKeys(1)}");

    private static readonly string LockConversations = Lock($"""
        select c.id {OfKeys(1)}
        union all
        select m.conversation_id {OfWamids(5)}
        union all
        select m.conversation_id {OfOwnMessages(12)}
        """);

    // After their conversations are locked, because only then do they no longer change.
    private static readonly string LoadMessages = $"""
        select {MessageColumns.All}
        from messages m
        where m.id = any(array(select m.id {OfWamids(1)} union all select m.id {OfOwnMessages(8)}))
        """;

    /// <summary>Looks up what the updates refer to and locks the conversations among them, all in one round trip.</summary>
    public static async Task<CustomerLookup> LockAsync(
        StreamTransaction transaction, IReadOnlyCollection<WebhookItem> items, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        var lookup = AddLock(batch, items);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await lookup.ReadLockAsync(reader, transaction, cancellationToken);
        return lookup;
    }

    /// <summary>Only looks up: for an update that may move conversations before they are locked.</summary>
    public static async Task<CustomerLookup> RunAsync(
        StreamTransaction transaction, IReadOnlyCollection<WebhookItem> items, CancellationToken cancellationToken)
    {
        var lookup = new CustomerLookup(items);
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        lookup.AddLookUp(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await lookup.ReadAsync(reader, cancellationToken);
        return lookup;
    }

    /// <summary>Adds the statements of <see cref="LockAsync"/> to a batch of the caller's.</summary>
    public static CustomerLookup AddLock(NpgsqlBatch batch, IReadOnlyCollection<WebhookItem> items)
    {
        var lookup = new CustomerLookup(items);
        lookup.AddLookUp(batch);
        var locks = new NpgsqlBatchCommand(lookup._changesMessages ? LockConversations : LockCustomers);
        lookup.AddKeys(locks);
        batch.BatchCommands.Add(locks);
        if (!lookup._changesMessages) return lookup;
        lookup.AddMessageKeys(locks);
        var load = new NpgsqlBatchCommand(LoadMessages);
        lookup.AddMessageKeys(load);
        batch.BatchCommands.Add(load);
        return lookup;
    }

    /// <summary>Reads the results of <see cref="AddLock"/>.</summary>
    public async Task ReadLockAsync(NpgsqlDataReader reader, StreamTransaction transaction, CancellationToken cancellationToken)
    {
        await ReadAsync(reader, cancellationToken);
        transaction.AddLocked(await reader.ReadAllAsync(ConversationColumns.Parser(reader), cancellationToken));
        if (_changesMessages) transaction.AddLoaded(await reader.ReadAllAsync(reader.GetRowParser<Message>(), cancellationToken));
    }

    private void AddLookUp(NpgsqlBatch batch)
    {
        var (keys, wamids) = (new NpgsqlBatchCommand(LookUpKeys), new NpgsqlBatchCommand(LookUpWamids));
        AddKeys(keys);
        AddWamids(wamids);
        batch.BatchCommands.Add(keys);
        batch.BatchCommands.Add(wamids);
        if (!_changesMessages) return;
        var own = new NpgsqlBatchCommand(LookUpOwnMessages);
        AddOwnMessages(own);
        batch.BatchCommands.Add(own);
    }

    private async Task ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<KeyRow>(), cancellationToken)) Add(row);
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<WamidRow>(), cancellationToken)) Add(row);
        if (!_changesMessages) return;
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<OwnRow>(), cancellationToken)) _ownMessages[row.Id] = row;
    }

    private void AddKeys(NpgsqlBatchCommand command)
    {
        command.Add(NpgsqlDbType.Smallint, _keys, key => key.Partition);
        command.Add(NpgsqlDbType.Text, _keys, key => key.PhoneNumberId);
        command.Add(NpgsqlDbType.Text, _keys, key => key.Kind);
        command.Add(NpgsqlDbType.Text, _keys, key => key.Value);
    }

    private void AddMessageKeys(NpgsqlBatchCommand command)
    {
        AddWamids(command);
        AddOwnMessages(command);
    }

    private void AddWamids(NpgsqlBatchCommand command)
    {
        command.Add(NpgsqlDbType.Smallint, _wamids, wamid => wamid.Partition);
        command.Add(NpgsqlDbType.Text, _wamids, wamid => wamid.PhoneNumberId);
        command.Add(NpgsqlDbType.Text, _wamids, wamid => wamid.Wamid);
        command.Add(NpgsqlDbType.Text, _wamids, wamid => wamid.InnerKey);
        command.Add(NpgsqlDbType.Text, _wamids, wamid => wamid.UserId);
        command.Add(NpgsqlDbType.Text, _wamids, wamid => wamid.ParentUserId);
        command.Add(NpgsqlDbType.Text, _wamids, wamid => wamid.Number);
    }

    private void AddOwnMessages(NpgsqlBatchCommand command)
    {
        command.Add(NpgsqlDbType.Smallint, _ownKeys, own => own.Partition);
        command.Add(NpgsqlDbType.Uuid, _ownKeys, own => own.Id);
    }

    // Locks all that are found, at once and in the order of ids, as all transactions do.
    private static string Lock(string ids) => $"""
        select {ConversationColumns.All}
        from conversations c
        join contacts k on k.id = c.contact_id
        where c.id = any(array({ids}))
        order by c.id
        for no key update of c
        """;

    private static string OfKeys(int first) => $"""
        from unnest(${first}, ${first + 1}, ${first + 2}, ${first + 3}) as k (lane, phone_number_id, kind, value)
        join lateral (
            select id, organization_id from whatsapp_numbers where phone_number_id = k.phone_number_id and is_active limit 1
        ) n on true
        left join lateral (
            select ci.contact_id, ct.profile_name, ct.username, ct.whatsapp_id, ct.phone_number, ct.former_numbers
            from contact_identities ci
            join contacts ct on ct.id = ci.contact_id
            where ci.organization_id = n.organization_id and ci.kind = k.kind and ci.value = k.value
            limit 1
        ) i on true
        left join lateral (
            select id from conversations
            where contact_id = i.contact_id and whatsapp_number_id = n.id and status in ('open', 'pending')
            limit 1
        ) c on true
        where k.lane in (select unnest({WebhookQueue.Locked}))
        """;

    private static string OfWamids(int first) => $"""
        from unnest({string.Join(", ", Enumerable.Range(first, 7).Select(n => $"${n}"))}) with ordinality
            as w (lane, phone_number_id, wamid, inner_key, user_id, parent_user_id, number, place)
        join lateral (select id from whatsapp_numbers where phone_number_id = w.phone_number_id limit 1) n on true
        join lateral (
            (
                select id, conversation_id, false as is_guess from messages
                where whatsapp_number_id = n.id and whatsapp_message_id = w.wamid
                limit 1
            )
            union all
            (
                select g.id, g.conversation_id, true
                from messages g
                join conversations gc on gc.id = g.conversation_id
                where w.inner_key is not null
                  and g.whatsapp_number_id = n.id and g.whatsapp_message_id like 'wamid.HB%' and wamid_key(g.whatsapp_message_id) = w.inner_key
                  and exists (select from contact_identities where contact_id = gc.contact_id and value in (w.user_id, w.parent_user_id, w.number))
                limit 1
            )
            limit 1
        ) m on w.lane in (select unnest({WebhookQueue.Locked}))
        """;

    private static string OfOwnMessages(int first) => $"""
        from unnest(${first}, ${first + 1}) as o (lane, id)
        join lateral (
            select id, conversation_id, whatsapp_number_id from messages where id = o.id and direction = 'outbound' limit 1
        ) m on o.lane in (select unnest({WebhookQueue.Locked}))
        """;

    /// <summary>The number with that id, if it is ours and active.</summary>
    public NumberRef? Number(string? phoneNumberId)
        => phoneNumberId is not null && _numbers.TryGetValue(phoneNumberId, out var number) ? number : null;

    /// <summary>The contact that a customer is: by their user id, or else that of the parent portfolio, or else by their number.</summary>
    /// <remarks>Numbers are given to new people: that of a contact with other user ids than the customer's is not theirs any more.</remarks>
    public Guid? Contact(Guid organization, CustomerIdentity customer)
    {
        foreach (var (kind, value) in customer.Keys())
            if (_contacts.TryGetValue((organization, kind, value), out var contact))
                return kind == IdentityKind.Phone && customer.UserId is not null && _withUserId.Contains(contact) ? null : contact;
        return null;
    }

    /// <summary>Whose a key is, and whether it counts; null if it is nobody's.</summary>
    public (Guid Contact, bool Counts)? Owner(Guid organization, string kind, string value)
        => _contacts.TryGetValue((organization, kind, value), out var owner) ? (owner, true)
            : kind == IdentityKind.Phone && _strayNumbers.TryGetValue((organization, value), out owner) ? (owner, false)
            : null;

    /// <summary>What is known of a contact that was looked up or added.</summary>
    public KnownContact Known(Guid contact) => _known[contact];

    /// <summary>Replaces what is known of a contact.</summary>
    public void SetKnown(Guid contact, KnownContact known) => _known[contact] = known;

    public Guid? Conversation(Guid contact, Guid number) => _conversations.TryGetValue((contact, number), out var id) ? id : null;

    /// <summary>The message with exactly this id.</summary>
    public MessageRef? Message(string? phoneNumberId, string? wamid)
        => phoneNumberId is not null && wamid is not null && _messages.TryGetValue((phoneNumberId, wamid), out var found) ? found : null;

    /// <summary>The message that a customer names by this id, which may be their own for it (<see cref="Wamid"/>).</summary>
    public MessageRef? Message(string? phoneNumberId, string? wamid, CustomerIdentity? customer)
        => Message(phoneNumberId, wamid) ?? Guess(phoneNumberId, wamid, customer);

    /// <summary>The message that was received before under this id, or, in the phone app or a history, under another.</summary>
    public MessageRef? Earlier(MessageReceived received)
        => Message(received.PhoneNumberId, received.Wamid, MayHaveOtherId(received) ? received.Customer : null);

    /// <summary>The message that a status is about.</summary>
    public MessageRef? Of(StatusReceived status)
        => Message(status.PhoneNumberId, status.Wamid) ?? Named(status) ?? Guess(status.PhoneNumberId, status.Wamid, status.Recipient);

    /// <summary>The message that a status names by its callback data, if it is that number's.</summary>
    /// <remarks>
    /// A failure that arrives while the message is queued is that of an earlier attempt, after which an agent sent it again; any other status
    /// means that the earlier attempt arrived after all.
    /// </remarks>
    private MessageRef? Named(StatusReceived status)
        => OwnMessage(status) is { } id && _ownMessages.TryGetValue(id, out var own) && own.PhoneNumberId == status.PhoneNumberId
            && !(own.IsQueued && status.Status == MessageStatus.Failed) ? new(own.Id, own.ConversationId) : null;

    /// <summary>Has the customer found by these keys from now on.</summary>
    public void AddKey(Guid organization, string kind, string value, Guid contact)
    {
        _contacts[(organization, kind, value)] = contact;
        if (kind == IdentityKind.UserId) _withUserId.Add(contact);
    }

    public void AddConversation(Guid contact, Guid number, Guid conversation) => _conversations[(contact, number)] = conversation;

    /// <summary>The conversation that a message belongs to; null if it was received before, or its number is not ours.</summary>
    public Guid? ConversationOf(WebhookUpdate update) => _conversationsOf.TryGetValue(update, out var conversation) ? conversation : null;

    public void SetConversationOf(MessageReceived received, Guid conversation) => _conversationsOf[received] = conversation;

    public void AddMessage(string phoneNumberId, string wamid, CustomerIdentity? customer, MessageRef message)
    {
        _messages[(phoneNumberId, wamid)] = message;
        if (customer is null || Wamid.InnerKey(wamid) is not { } key) return;
        foreach (var (_, value) in customer.Keys()) _guesses[(phoneNumberId, key, value)] = message;
    }

    /// <summary>Messages of ours that an echo may be of (<see cref="OwnEchoes"/>).</summary>
    public IReadOnlyList<MessageRef> CandidatesOf(MessageReceived echo) => _candidates.GetValueOrDefault(echo) ?? [];

    public void SetCandidatesOf(MessageReceived echo, MessageRef[] messages) => _candidates[echo] = messages;

    /// <summary>Looks up which contacts have user ids, where that decides whether they are an update's customer. Mostly there are none.</summary>
    public async Task LoadUserIdsAsync(StreamTransaction transaction, IEnumerable<WebhookUpdate> updates, CancellationToken cancellationToken)
    {
        const string Sql = "select distinct contact_id from contact_identities where contact_id = any(@contacts) and kind = 'bsuid'";

        var contacts = (from update in updates
                        let number = Number(update.PhoneNumberId)
                        where number is not null
                        from customer in Customers(update)
                        where customer.UserId is not null && !_contacts.ContainsKey((number.Value.OrganizationId, IdentityKind.UserId, customer.UserId))
                        select Contact(number.Value.OrganizationId, customer)).OfType<Guid>().Distinct().ToArray();
        if (contacts.Length == 0) return;
        _withUserId.UnionWith(await transaction.Connection.QueryAsync<Guid>(
            new CommandDefinition(Sql, new { contacts }, transaction.Transaction, cancellationToken: cancellationToken)));
    }

    /// <summary>Conversations of the messages that these updates name.</summary>
    public IEnumerable<Guid> ConversationsOf(IEnumerable<WebhookUpdate> updates) => updates.SelectMany(u => Wamids(u)
        .Select(w => Message(w.PhoneNumberId, w.Wamid, w.Customer))
        .Append(u is StatusReceived status ? Named(status) : null))
        .OfType<MessageRef>().Select(m => m.ConversationId);

    /// <summary>The messages that these updates name.</summary>
    public IEnumerable<Guid> MessagesOf(IEnumerable<WebhookUpdate> updates) => updates.SelectMany(u => u switch
    {
        StatusReceived s => [Of(s)],
        ReactionReceived r => [Message(r.PhoneNumberId, r.TargetWamid, r.Customer)],
        MessageEdited e => [Message(e.PhoneNumberId, e.TargetWamid, e.Customer)],
        MessageRevoked r => [Message(r.PhoneNumberId, r.TargetWamid, r.Customer)],
        MessageReceived m => [Earlier(m), .. CandidatesOf(m)],
        _ => (MessageRef?[])[],
    }).OfType<MessageRef>().Select(m => m.Id).Distinct();

    private static IEnumerable<(string PhoneNumberId, string? Kind, string? Value)> Keys(WebhookUpdate update)
    {
        if (update.PhoneNumberId is not { } number) return [];
        var keys = Customers(update).SelectMany(c => c.Keys()).Select(k => (number, (string?)k.Kind, (string?)k.Value)).ToArray();
        return keys.Length > 0 ? keys : [(number, null, null)];
    }

    private static CustomerIdentity[] Customers(WebhookUpdate update) => update switch
    {
        MessageReceived m => [m.Customer],
        MarketingPreference p => [p.Customer],
        AddressBookEntry a => [a.Customer],
        IdentityChanged c => [c.Old, c.New],
        _ => [],
    };

    // With the customer who names it, if it may be found by another id than this.
    private static IEnumerable<(string PhoneNumberId, string Wamid, CustomerIdentity? Customer)> Wamids(WebhookUpdate update)
    {
        if (update.PhoneNumberId is not { } number) return [];
        return from named in update switch
        {
            MessageReceived m => ((string? Wamid, CustomerIdentity? Customer)[])[(m.Wamid, MayHaveOtherId(m) ? m.Customer : null), (m.ReplyTo, m.Customer)],
            IdentityChanged c => [(c.Wamid, null)],
            ReactionReceived r => [(r.TargetWamid, r.Customer)],
            MessageEdited e => [(e.TargetWamid, e.Customer)],
            MessageRevoked r => [(r.TargetWamid, r.Customer)],
            StatusReceived s => [(s.Wamid, s.Recipient)],
            _ => [],
        }
               where named.Wamid is not null
               select (number, named.Wamid, named.Customer);
    }

    // A customer's message comes under one id however often it is repeated; the phone app and a history may have others for messages that we have.
    private static bool MayHaveOtherId(MessageReceived received) => received.Historic || received.IsEcho;

    private MessageRef? Guess(string? phoneNumberId, string? wamid, CustomerIdentity? customer)
    {
        if (phoneNumberId is null || customer is null || _guesses.Count == 0 || Wamid.InnerKey(wamid) is not { } key) return null;
        foreach (var (_, value) in customer.Keys())
            if (_guesses.TryGetValue((phoneNumberId, key, value), out var found)) return found;
        return null;
    }

    private static Guid? OwnMessage(StatusReceived status) => CallbackData.MessageId(status.CallbackData);

    private void Add(KeyRow row)
    {
        _numbers[row.PhoneNumberId] = new(row.NumberId, row.OrganizationId);
        if (row.ContactId is not { } contact) return;
        var known = _known[contact] = new(new(row.ProfileName, row.Username), row.WhatsappId!, row.PhoneNumber, row.FormerNumbers);
        if (row.ConversationId is { } conversation) _conversations[(contact, row.NumberId)] = conversation;
        if (row.Kind == IdentityKind.Phone && !known.Has(row.Value!)) _strayNumbers[(row.OrganizationId, row.Value!)] = contact;
        else AddKey(row.OrganizationId, row.Kind!, row.Value!, contact);
    }

    private void Add(WamidRow row)
    {
        var named = _wamids[row.Place - 1];
        var message = new MessageRef(row.Id, row.ConversationId);
        if (!row.IsGuess) _messages[(named.PhoneNumberId, named.Wamid)] = message;
        else
            foreach (var customer in (ReadOnlySpan<string?>)[named.UserId, named.ParentUserId, named.Number])
                if (customer is not null) _guesses[(named.PhoneNumberId, named.InnerKey!, customer)] = message;
    }

    private sealed record KeyRow(
        string PhoneNumberId, Guid NumberId, Guid OrganizationId, string? Kind, string? Value, Guid? ContactId, string? ProfileName, string? Username,
        string? WhatsappId, string? PhoneNumber, string? FormerNumbers, Guid? ConversationId);

    private readonly record struct KeyOf(short Partition, string PhoneNumberId, string? Kind, string? Value);

    /// <param name="Number">Normalized, like the customer's other keys.</param>
    private readonly record struct WamidOf(
        short Partition, string PhoneNumberId, string Wamid, string? InnerKey, string? UserId, string? ParentUserId, string? Number)
    {
        public static WamidOf Of(short partition, (string PhoneNumberId, string Wamid, CustomerIdentity? Customer) named)
            => named.Customer is { } customer && WhatsApp.Wamid.InnerKey(named.Wamid) is { } key
                ? new(partition, named.PhoneNumberId, named.Wamid, key, customer.UserId, customer.ParentUserId,
                    customer.WaId is null ? null : PhoneNumbers.Normalize(customer.WaId))
                : new(partition, named.PhoneNumberId, named.Wamid, null, null, null, null);
    }

    private readonly record struct OwnMessageOf(short Partition, Guid Id);

    private sealed record WamidRow(long Place, Guid Id, Guid ConversationId, bool IsGuess);

    private sealed record OwnRow(Guid Id, Guid ConversationId, string PhoneNumberId, bool IsQueued);
}

/// <summary>What is known of a contact.</summary>
/// <param name="Address">What messages go to.</param>
/// <param name="PhoneNumber">The present number, with a plus; null if none is known.</param>
/// <param name="FormerNumbers">The others, with blanks between them.</param>
internal sealed record KnownContact(Profile Profile, string Address, string? PhoneNumber, string? FormerNumbers)
{
    /// <summary>Whether one of the contact's numbers has this key.</summary>
    public bool Has(string key) => IsPresent(key) || FormerNumbers?.Split(' ').Any(number => PhoneNumbers.Normalize(number) == key) is true;

    /// <summary>Whether the present number has this key.</summary>
    public bool IsPresent(string key)
        => (PhoneNumber ?? (char.IsAsciiDigit(Address[0]) ? Address : null)) is { } number && PhoneNumbers.Normalize(number) == key;
}
