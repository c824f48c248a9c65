using Dapper;

namespace PyTake.Conversations;

/// <summary>A customer seen for the first time.</summary>
/// <param name="Name">What the customer calls themselves; it is also the contact's name until an agent gives another.</param>
internal sealed record NewContact(Guid Id, Guid OrganizationId, string? Name, string WhatsappId, string? PhoneNumber, string? Username);

/// <summary>A key by which a contact may be found from now on.</summary>
internal sealed record NewIdentity(Guid OrganizationId, string Kind, string Value, Guid ContactId);

/// <summary>All SQL that writes contacts and the keys that they are found by. Constraints settle races: the second transaction starts over.</summary>
internal static class ContactStore
{
    /// <summary>Creates contacts, and keys of new and of known contacts.</summary>
    /// <exception cref="RacedException">Another transaction has created the same customer first.</exception>
    public static async Task InsertAsync(
        StreamTransaction transaction, IReadOnlyList<NewContact> contacts, IReadOnlyList<NewIdentity> identities, CancellationToken cancellationToken)
    {
        const string Contacts = """
            insert into contacts (id, organization_id, name, profile_name, whatsapp_id, phone_number, username, created_at, updated_at)
            select id, organization_id, name, name, whatsapp_id, phone_number, username, @Now, @Now
            from unnest(@ids, @organizations, @names, @whatsappIds, @phoneNumbers, @usernames)
                as c (id, organization_id, name, whatsapp_id, phone_number, username)
            """;
        const string Identities = """
            insert into contact_identities (organization_id, kind, value, contact_id)
            select organization_id, kind, value, contact_id
            from unnest(@organizations, @kinds, @values, @contacts) as i (organization_id, kind, value, contact_id)
            order by organization_id, kind, value
            on conflict do nothing
            """;

        if (contacts.Count > 0)
            await ExecuteAsync(transaction, Contacts, new
            {
                transaction.Now,
                ids = contacts.Select(c => c.Id).ToArray(),
                organizations = contacts.Select(c => c.OrganizationId).ToArray(),
                names = contacts.Select(c => c.Name).ToArray(),
                whatsappIds = contacts.Select(c => c.WhatsappId).ToArray(),
                phoneNumbers = contacts.Select(c => c.PhoneNumber).ToArray(),
                usernames = contacts.Select(c => c.Username).ToArray(),
            }, cancellationToken);
        if (identities.Count == 0) return;
        var inserted = await ExecuteAsync(transaction, Identities, new
        {
            organizations = identities.Select(i => i.OrganizationId).ToArray(),
            kinds = identities.Select(i => i.Kind).ToArray(),
            values = identities.Select(i => i.Value).ToArray(),
            contacts = identities.Select(i => i.ContactId).ToArray(),
        }, cancellationToken);
        if (inserted < identities.Count) throw new RacedException();
    }

    /// <summary>Changes the given fields of a contact; null if the organization has none with this id.</summary>
    public static Task<Contact?> ChangeAsync(
        StreamTransaction transaction, Guid organizationId, Guid id, ContactChange change, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            update contacts k
            set name = coalesce(@Name, name), tags = coalesce(@Tags, tags), attributes = coalesce(@attributes::jsonb, attributes), updated_at = @Now
            where k.organization_id = @organizationId and k.id = @id and k.merged_into is null
            returning {ConversationColumns.OfContact}
            """;

        return transaction.Connection.QuerySingleOrDefaultAsync<Contact?>(new CommandDefinition(
            Sql, new { Name = change.Name?.Trim(), Tags = change.CleanTags(), attributes = change.Attributes?.Text, organizationId, id, transaction.Now },
            transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores customers' new profile names; a name that an agent gave stays.</summary>
    public static Task RenameAsync(StreamTransaction transaction, IReadOnlyDictionary<Guid, string> names, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts c
            set profile_name = n.name, updated_at = @Now,
                name = case when c.name is not distinct from c.profile_name then n.name else c.name end
            from unnest(@ids, @names) as n (id, name)
            where c.id = n.id
            """;

        return names.Count == 0
            ? Task.CompletedTask
            : ExecuteAsync(transaction, Sql, new { ids = names.Keys.ToArray(), names = names.Values.ToArray(), transaction.Now }, cancellationToken);
    }

    /// <summary>Stores the numbers of customers who were known only by their user id; messages to them go there from now on.</summary>
    public static Task AddNumbersAsync(StreamTransaction transaction, IReadOnlyDictionary<Guid, string> numbers, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts c
            set whatsapp_id = n.number, phone_number = '+' || n.number, updated_at = @Now
            from unnest(@ids, @numbers) as n (id, number)
            where c.id = n.id and c.phone_number is null
            """;

        return numbers.Count == 0
            ? Task.CompletedTask
            : ExecuteAsync(transaction, Sql, new { ids = numbers.Keys.ToArray(), numbers = numbers.Values.ToArray(), transaction.Now }, cancellationToken);
    }

    /// <summary>Has a contact found by these keys from now on, whichever contact had them before.</summary>
    /// <param name="phone">The customer's new number, in digits; null if it stays.</param>
    public static Task RekeyAsync(
        StreamTransaction transaction, Guid organization, Guid contact, IReadOnlyCollection<(string Kind, string Value)> keys, string? phone,
        CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into contact_identities (organization_id, kind, value, contact_id)
            select @organization, kind, value, @contact from unnest(@kinds, @values) as k (kind, value)
            on conflict (organization_id, kind, value) do update set contact_id = excluded.contact_id;

            update contacts
            set whatsapp_id = coalesce(@phone, whatsapp_id), phone_number = coalesce('+' || @phone, phone_number), updated_at = @Now
            where id = @contact
            """;

        return ExecuteAsync(transaction, Sql, new
        {
            organization,
            contact,
            phone,
            transaction.Now,
            kinds = keys.Select(k => k.Kind).ToArray(),
            values = keys.Select(k => k.Value).ToArray(),
        }, cancellationToken);
    }

    /// <summary>Merges a contact into another, which gets its keys, and those of its values that only it has.</summary>
    public static Task MergeAsync(StreamTransaction transaction, Guid goes, Guid stays, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contact_identities set contact_id = @stays where contact_id = @goes;
            update contacts set merged_into = @stays, updated_at = @Now where id = @goes;
            update contacts s
            set name = coalesce(s.name, g.name), profile_name = coalesce(s.profile_name, g.profile_name),
                tags = array(select distinct unnest(s.tags || g.tags)), attributes = g.attributes || s.attributes,
                opted_out_at = coalesce(s.opted_out_at, g.opted_out_at), updated_at = @Now
            from contacts g
            where s.id = @stays and g.id = @goes
            """;

        return ExecuteAsync(transaction, Sql, new { goes, stays, transaction.Now }, cancellationToken);
    }

    /// <summary>Marks customers who stopped marketing messages, according to a response from Meta.</summary>
    public static async Task OptOutAsync(StreamTransaction transaction, Guid[] contactIds, CancellationToken cancellationToken)
    {
        const string Sql = "update contacts set opted_out_at = @Now where id = any(@contactIds) and opted_out_at is null";
        if (contactIds.Length > 0) await ExecuteAsync(transaction, Sql, new { contactIds, transaction.Now }, cancellationToken);
    }

    /// <summary>Records when a customer stopped marketing messages, or that they want them again (null).</summary>
    public static Task SetOptedOutAsync(StreamTransaction transaction, Guid contact, DateTime? at, CancellationToken cancellationToken)
        => ExecuteAsync(
            transaction, "update contacts set opted_out_at = @at, updated_at = @Now where id = @contact",
            new { contact, at, transaction.Now }, cancellationToken);

    private static Task<int> ExecuteAsync(StreamTransaction transaction, string sql, object parameters, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction.Transaction, cancellationToken: cancellationToken));
}
