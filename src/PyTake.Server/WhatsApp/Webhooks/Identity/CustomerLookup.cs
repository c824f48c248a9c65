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
    private readonly Dictionary<(Guid Contact, Guid Number), Guid> _conversations = [];
    private readonly Dictionary<Guid, string?> _profileNames = [];
    private readonly Dictionary<(string PhoneNumberId, string Wamid), MessageRef> _messages = [];
    private readonly Dictionary<Guid, OwnRow> _ownMessages = [];
    private readonly KeyOf[] _keys;
    private readonly WamidOf[] _wamids;
    private readonly OwnMessageOf[] _ownKeys;
    private readonly bool _changesMessages;

    private CustomerLookup(IReadOnlyCollection<WebhookItem> items)
    {
        _keys = [.. items.SelectMany(item => Keys(item.Update).Select(k => new KeyOf(item.Partition, k.PhoneNumberId, k.Kind, k.Value))).Distinct()];
        _wamids = [.. items.SelectMany(item => Wamids(item.Update).Select(w => new WamidOf(item.Partition, w.PhoneNumberId, w.Wamid))).Distinct()];
        _ownKeys = [.. from item in items
                       let id = item.Update is StatusReceived status ? OwnMessage(status) : null
                       where id is not null
                       select new OwnMessageOf(item.Partition, id.Value)];
        _changesMessages = items.Any(item => item.Update is not MessageReceived);
    }

    private static readonly string LookUpKeys = $"""
        select k.phone_number_id, n.id as number_id, n.organization_id, k.kind, k.value, i.contact_id, i.profile_name,
            c.id as conversation_id
        {OfKeys(1)}
        """;

    private static readonly string LookUpWamids = $"select w.phone_number_id, w.wamid, m.id, m.conversation_id {OfWamids(1)}";

    private static readonly string LookUpOwnMessages = $"""
        select m.id, m.conversation_id, n.phone_number_id, q.state is not distinct from 'queued' as is_queued
        {OfOwnMessages(1)}
        join whatsapp_numbers n on n.id = m.whatsapp_number_id
        left join lateral (select state from outbox where message_id = m.id limit 1) q on true
        """;

    // Locks all that are found, at once and in the order of ids, as all transactions do.
    private static readonly string LockConversations = $"""
        select {ConversationColumns.All}
        from conversations c
        join contacts k on k.id = c.contact_id
        where c.id = any(array(
            select c.id {OfKeys(1)}
            union all
            select m.conversation_id {OfWamids(5)}
            union all
            select m.conversation_id {OfOwnMessages(8)}))
        order by c.id
        for no key update of c
        """;

    // After their conversations are locked, because only then do they no longer change.
    private static readonly string LoadMessages = $"""
        select {MessageColumns.All}
        from messages m
        where m.id = any(array(select m.id {OfWamids(1)} union all select m.id {OfOwnMessages(4)}))
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
        var locks = new NpgsqlBatchCommand(LockConversations);
        lookup.AddKeys(locks);
        lookup.AddMessageKeys(locks);
        batch.BatchCommands.Add(locks);
        if (!lookup._changesMessages) return lookup;
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
        var (keys, wamids, own) = (new NpgsqlBatchCommand(LookUpKeys), new NpgsqlBatchCommand(LookUpWamids), new NpgsqlBatchCommand(LookUpOwnMessages));
        AddKeys(keys);
        AddWamids(wamids);
        AddOwnMessages(own);
        foreach (var command in (ReadOnlySpan<NpgsqlBatchCommand>)[keys, wamids, own]) batch.BatchCommands.Add(command);
    }

    private async Task ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<KeyRow>(), cancellationToken)) Add(row);
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<WamidRow>(), cancellationToken))
            _messages[(row.PhoneNumberId, row.Wamid)] = new(row.Id, row.ConversationId);
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
    }

    private void AddOwnMessages(NpgsqlBatchCommand command)
    {
        command.Add(NpgsqlDbType.Smallint, _ownKeys, own => own.Partition);
        command.Add(NpgsqlDbType.Uuid, _ownKeys, own => own.Id);
    }

    private static string OfKeys(int first) => $"""
        from unnest(${first}, ${first + 1}, ${first + 2}, ${first + 3}) as k (lane, phone_number_id, kind, value)
        join lateral (
            select id, organization_id from whatsapp_numbers where phone_number_id = k.phone_number_id and is_active limit 1
        ) n on true
        left join lateral (
            select ci.contact_id, ct.profile_name
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
        from unnest(${first}, ${first + 1}, ${first + 2}) as w (lane, phone_number_id, wamid)
        join lateral (select id from whatsapp_numbers where phone_number_id = w.phone_number_id limit 1) n on true
        join lateral (
            select id, conversation_id from messages
            where whatsapp_number_id = n.id and whatsapp_message_id = w.wamid
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

    /// <summary>The contacts with these keys: none, one, or several that turn out to be one person.</summary>
    public IReadOnlyList<Guid> Contacts(Guid organization, CustomerIdentity customer)
        => [.. customer.Keys().Select(k => _contacts.TryGetValue((organization, k.Kind, k.Value), out var id) ? id : (Guid?)null).OfType<Guid>().Distinct()];

    /// <summary>Keys of a customer that belong to no contact yet.</summary>
    public IEnumerable<(string Kind, string Value)> UnknownKeys(Guid organization, CustomerIdentity customer)
        => customer.Keys().Where(k => !_contacts.ContainsKey((organization, k.Kind, k.Value)));

    public Guid? Conversation(Guid contact, Guid number) => _conversations.TryGetValue((contact, number), out var id) ? id : null;

    public string? ProfileName(Guid contact) => _profileNames.GetValueOrDefault(contact);

    public MessageRef? Message(string? phoneNumberId, string? wamid)
        => phoneNumberId is not null && wamid is not null && _messages.TryGetValue((phoneNumberId, wamid), out var found) ? found : null;

    /// <summary>The message that a status names by its callback data, if it is that number's.</summary>
    /// <remarks>
    /// A failure that arrives while the message is queued is that of an earlier attempt, after which an agent sent it again; any other status
    /// means that the earlier attempt arrived after all.
    /// </remarks>
    public MessageRef? Named(StatusReceived status)
        => OwnMessage(status) is { } id && _ownMessages.TryGetValue(id, out var own) && own.PhoneNumberId == status.PhoneNumberId
            && !(own.IsQueued && status.Status == MessageStatus.Failed) ? new(own.Id, own.ConversationId) : null;

    public void AddContact(Guid organization, CustomerIdentity customer, Guid contact)
    {
        foreach (var (kind, value) in customer.Keys()) _contacts[(organization, kind, value)] = contact;
        _profileNames.TryAdd(contact, customer.Name);
    }

    public void SetProfileName(Guid contact, string name) => _profileNames[contact] = name;

    public void AddConversation(Guid contact, Guid number, Guid conversation) => _conversations[(contact, number)] = conversation;

    public void AddMessage(string phoneNumberId, string wamid, MessageRef message) => _messages[(phoneNumberId, wamid)] = message;

    /// <summary>Conversations of the messages that these updates name.</summary>
    public IEnumerable<Guid> ConversationsOf(IEnumerable<WebhookUpdate> updates) => updates.SelectMany(u => Wamids(u)
        .Select(w => Message(w.PhoneNumberId, w.Wamid))
        .Append(u is StatusReceived status ? Named(status) : null))
        .OfType<MessageRef>().Select(m => m.ConversationId);

    /// <summary>The messages that these updates name.</summary>
    public IEnumerable<Guid> MessagesOf(IEnumerable<WebhookUpdate> updates) => updates.SelectMany(u => u switch
    {
        StatusReceived s => [Message(s.PhoneNumberId, s.Wamid) ?? Named(s)],
        ReactionReceived r => [Message(r.PhoneNumberId, r.TargetWamid)],
        MessageEdited e => [Message(e.PhoneNumberId, e.TargetWamid)],
        MessageRevoked r => [Message(r.PhoneNumberId, r.TargetWamid)],
        MessageReceived m => [Message(m.PhoneNumberId, m.Wamid)],
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
        IdentityChanged c => [c.Old, c.New],
        _ => [],
    };

    private static IEnumerable<(string PhoneNumberId, string Wamid)> Wamids(WebhookUpdate update)
    {
        if (update.PhoneNumberId is not { } number) return [];
        return from wamid in update switch
        {
            MessageReceived m => (string?[])[m.Wamid, m.ReplyTo],
            IdentityChanged c => [c.Wamid],
            ReactionReceived r => [r.TargetWamid],
            MessageEdited e => [e.TargetWamid],
            MessageRevoked r => [r.TargetWamid],
            StatusReceived s => [s.Wamid],
            _ => [],
        }
               where wamid is not null
               select (number, wamid);
    }

    private static Guid? OwnMessage(StatusReceived status) => CallbackData.MessageId(status.CallbackData);

    private void Add(KeyRow row)
    {
        _numbers[row.PhoneNumberId] = new(row.NumberId, row.OrganizationId);
        if (row.ContactId is not { } contact) return;
        _contacts[(row.OrganizationId, row.Kind!, row.Value!)] = contact;
        _profileNames[contact] = row.ProfileName;
        if (row.ConversationId is { } conversation) _conversations[(contact, row.NumberId)] = conversation;
    }

    private sealed record KeyRow(
        string PhoneNumberId, Guid NumberId, Guid OrganizationId, string? Kind, string? Value, Guid? ContactId, string? ProfileName, Guid? ConversationId);

    private readonly record struct KeyOf(short Partition, string PhoneNumberId, string? Kind, string? Value);

    private readonly record struct WamidOf(short Partition, string PhoneNumberId, string Wamid);

    private readonly record struct OwnMessageOf(short Partition, Guid Id);

    private sealed record WamidRow(string PhoneNumberId, string Wamid, Guid Id, Guid ConversationId);

    private sealed record OwnRow(Guid Id, Guid ConversationId, string PhoneNumberId, bool IsQueued);
}
