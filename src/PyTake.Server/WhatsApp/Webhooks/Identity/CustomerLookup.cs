using System.Data.Common;
using Dapper;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One of our numbers.</summary>
internal readonly record struct NumberRef(Guid Id, Guid OrganizationId);

/// <summary>A message that we have, found by Meta's id or by ours.</summary>
internal readonly record struct MessageRef(Guid Id, Guid ConversationId);

/// <summary>What a batch of updates refers to, looked up in one round trip: numbers, customers, their open conversations, messages.</summary>
/// <remarks>Every look-up is a lateral with a limit, so that every plan, however old, has to use the full key.</remarks>
internal sealed class CustomerLookup
{
    private readonly Dictionary<string, NumberRef> _numbers = [];
    private readonly Dictionary<(Guid Organization, string Kind, string Value), Guid> _contacts = [];
    private readonly Dictionary<(Guid Contact, Guid Number), Guid> _conversations = [];
    private readonly Dictionary<Guid, string?> _profileNames = [];
    private readonly Dictionary<(string PhoneNumberId, string Wamid), MessageRef> _messages = [];
    private readonly Dictionary<Guid, OwnRow> _ownMessages = [];

    private const string OfKeys = """
        from unnest(@keyNumbers, @kinds, @values) as k (phone_number_id, kind, value)
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
        """;

    private const string OfWamids = """
        from unnest(@wamidNumbers, @wamids) as w (phone_number_id, wamid)
        join lateral (select id from whatsapp_numbers where phone_number_id = w.phone_number_id limit 1) n on true
        join lateral (
            select id, conversation_id from messages
            where whatsapp_number_id = n.id and whatsapp_message_id = w.wamid
            limit 1
        ) m on true
        """;

    private const string OfOwnMessages = """
        from unnest(@ownMessages) as o (id)
        join lateral (
            select id, conversation_id, whatsapp_number_id from messages where id = o.id and direction = 'outbound' limit 1
        ) m on true
        """;

    private const string LookUp = $"""
        select k.phone_number_id, n.id as number_id, n.organization_id, k.kind, k.value, i.contact_id, i.profile_name,
            c.id as conversation_id
        {OfKeys};

        select w.phone_number_id, w.wamid, m.id, m.conversation_id
        {OfWamids};

        select m.id, m.conversation_id, n.phone_number_id, q.state is not distinct from 'queued' as is_queued
        {OfOwnMessages}
        join whatsapp_numbers n on n.id = m.whatsapp_number_id
        left join lateral (select state from outbox where message_id = m.id limit 1) q on true
        """;

    // Locks all that are found, at once and in the order of ids, as all transactions do.
    private const string Hold = $"""
        select {ConversationColumns.All}
        from conversations c
        join contacts k on k.id = c.contact_id
        where c.id = any(array(
            select c.id {OfKeys}
            union all
            select m.conversation_id {OfWamids}
            union all
            select m.conversation_id {OfOwnMessages}))
        order by c.id
        for no key update of c
        """;

    /// <summary>Looks up what the updates refer to and locks the conversations among them, all in one round trip.</summary>
    public static async Task<CustomerLookup> HoldAsync(
        StreamTransaction transaction, IReadOnlyList<WebhookUpdate> updates, CancellationToken cancellationToken)
    {
        var lookup = new CustomerLookup();
        await using var reader = await lookup.ReadAsync($"{LookUp};\n\n{Hold}", transaction, updates, cancellationToken);
        transaction.Held(await reader.ReadAllAsync(ConversationColumns.Parser(reader), cancellationToken));
        return lookup;
    }

    /// <summary>Only looks up: for an update that may move conversations before they are locked.</summary>
    public static async Task<CustomerLookup> RunAsync(
        StreamTransaction transaction, IReadOnlyList<WebhookUpdate> updates, CancellationToken cancellationToken)
    {
        var lookup = new CustomerLookup();
        await using var reader = await lookup.ReadAsync(LookUp, transaction, updates, cancellationToken);
        return lookup;
    }

    // Leaves the reader at the results that follow those of the lookup.
    private async Task<DbDataReader> ReadAsync(
        string sql, StreamTransaction transaction, IReadOnlyList<WebhookUpdate> updates, CancellationToken cancellationToken)
    {
        var keys = updates.SelectMany(Keys).Distinct().ToArray();
        var wamids = updates.SelectMany(Wamids).Distinct().ToArray();
        var parameters = new
        {
            keyNumbers = keys.Select(k => k.PhoneNumberId).ToArray(),
            kinds = keys.Select(k => k.Kind).ToArray(),
            values = keys.Select(k => k.Value).ToArray(),
            wamidNumbers = wamids.Select(w => w.PhoneNumberId).ToArray(),
            wamids = wamids.Select(w => w.Wamid).ToArray(),
            ownMessages = updates.OfType<StatusReceived>().Select(OwnMessage).OfType<Guid>().Distinct().ToArray(),
        };
        var reader = await transaction.Connection.ExecuteReaderAsync(
            new CommandDefinition(sql, parameters, transaction.Transaction, cancellationToken: cancellationToken));
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<KeyRow>(), cancellationToken)) Add(row);
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<WamidRow>(), cancellationToken))
            _messages[(row.PhoneNumberId, row.Wamid)] = new(row.Id, row.ConversationId);
        foreach (var row in await reader.ReadAllAsync(reader.GetRowParser<OwnRow>(), cancellationToken)) _ownMessages[row.Id] = row;
        return reader;
    }

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

    private sealed record WamidRow(string PhoneNumberId, string Wamid, Guid Id, Guid ConversationId);

    private sealed record OwnRow(Guid Id, Guid ConversationId, string PhoneNumberId, bool IsQueued);
}
