using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A customer seen for the first time.</summary>
/// <param name="Name">What the customer calls themselves; it is also the contact's name until an agent gives another.</param>
internal sealed record NewContact(Guid Id, Guid OrganizationId, string? Name, string WhatsappId, string? PhoneNumber, string? Username)
{
    /// <summary>The business gave the name: what the customer calls themselves is not known yet, and will not replace it.</summary>
    public bool IsNameGiven { get; init; }
}

/// <summary>The kinds of keys that contacts are found by.</summary>
internal static class IdentityKind
{
    /// <summary>A phone number, normalized.</summary>
    public const string Phone = "phone";
    /// <summary>A business-scoped user id.</summary>
    public const string UserId = "bsuid";
    /// <summary>The user id in the parent portfolio.</summary>
    public const string ParentUserId = "parent_bsuid";
}

/// <summary>What a customer calls themselves: any name, and WhatsApp's username, which is for display only, since it may pass to somebody else.</summary>
internal readonly record struct Profile(string? Name, string? Username);

/// <summary>A key by which a contact may be found from now on.</summary>
internal sealed record NewIdentity(Guid OrganizationId, string Kind, string Value, Guid ContactId);

/// <summary>A number's key that is another contact's from now on.</summary>
/// <param name="From">Whose it was.</param>
/// <param name="Shown">The number itself if it was their present one, which they no longer have.</param>
internal sealed record TakenNumber(Guid OrganizationId, string Value, Guid ContactId, Guid From, string? Shown);

/// <summary>What a message or an answer of WhatsApp's says of where a contact is.</summary>
/// <param name="Address">What to send to from now on; null if that stays.</param>
/// <param name="PhoneNumber">The number that goes with it; null if it is not shown.</param>
/// <param name="Seen">Numbers of theirs, with blanks between them.</param>
/// <param name="At">A customer who has written since is where they wrote from then.</param>
internal sealed record Whereabouts(Guid ContactId, string? Address, string? PhoneNumber, string? Seen, DateTime At);

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
            select id, organization_id, name, profile_name, whatsapp_id, phone_number, username, @Now, @Now
            from unnest(@ids, @organizations, @names, @profileNames, @whatsappIds, @phoneNumbers, @usernames)
                as c (id, organization_id, name, profile_name, whatsapp_id, phone_number, username)
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
                profileNames = contacts.Select(c => c.IsNameGiven ? null : c.Name).ToArray(),
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
            where k.organization_id = @organizationId and k.id = @id and k.merged_into is null and k.erased_at is null
            returning {ConversationColumns.OfContact}
            """;

        return transaction.Connection.QuerySingleOrDefaultAsync<Contact?>(new CommandDefinition(
            Sql, new { Name = change.Name?.Trim(), Tags = change.CleanTags(), attributes = change.Attributes?.Text, organizationId, id, transaction.Now },
            transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores what customers call themselves now; a name that an agent gave stays.</summary>
    public static Task RenameAsync(StreamTransaction transaction, IReadOnlyDictionary<Guid, Profile> profiles, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts c
            set profile_name = n.name, username = n.username, updated_at = @Now,
                name = case when c.name is not distinct from c.profile_name then n.name else c.name end
            from unnest(@ids, @names, @usernames) as n (id, name, username)
            where c.id = n.id
            """;

        return profiles.Count == 0
            ? Task.CompletedTask
            : ExecuteAsync(transaction, Sql, new
            {
                transaction.Now,
                ids = profiles.Keys.ToArray(),
                names = profiles.Values.Select(p => p.Name).ToArray(),
                usernames = profiles.Values.Select(p => p.Username).ToArray(),
            }, cancellationToken);
    }

    /// <summary>Has the transaction's commit store where customers came from (<see cref="Referral.At"/> is set); an earlier one stays.</summary>
    public static void AddReferrals(StreamTransaction transaction, IReadOnlyDictionary<Guid, Referral> referrals)
    {
        const string Sql = """
            update contacts c
            set first_referral = r.referral::jsonb, updated_at = $3
            from unnest($1, $2) as r (id, referral)
            where c.id = r.id
              and (c.first_referral is null or (c.first_referral ->> 'at')::timestamptz > (r.referral::jsonb ->> 'at')::timestamptz)
            """;

        if (referrals.Count == 0) return;
        var command = new NpgsqlBatchCommand(Sql);
        command.Add(NpgsqlDbType.Uuid, [.. referrals], r => r.Key);
        command.Add(NpgsqlDbType.Text, [.. referrals], r => RawJson.Of(r.Value).Text);
        command.Parameters.Add(new NpgsqlParameter { Value = transaction.Now });
        transaction.AddStatement(command);
    }

    /// <summary>Names contacts that have no name.</summary>
    /// <returns>Active conversations of those that were named, which the list shows with their contacts.</returns>
    public static async Task<IEnumerable<Guid>> NameAsync(
        StreamTransaction transaction, IReadOnlyDictionary<Guid, string> names, CancellationToken cancellationToken)
    {
        const string Sql = """
            with named as (
                update contacts c
                set name = n.name, updated_at = @Now
                from unnest(@ids, @names) as n (id, name)
                where c.id = n.id and c.name is null
                returning c.id
            )
            select v.id from conversations v join named on named.id = v.contact_id where v.status in ('open', 'pending')
            """;

        return names.Count == 0 ? [] : await transaction.Connection.QueryAsync<Guid>(new CommandDefinition(
            Sql, new { ids = names.Keys.ToArray(), names = names.Values.ToArray(), transaction.Now },
            transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores where customers write from: messages to them go there from now on, and the numbers that they had before are kept.</summary>
    public static Task MoveAsync(StreamTransaction transaction, IReadOnlyCollection<Whereabouts> whereabouts, CancellationToken cancellationToken)
    {
        var sql = $"""
            with told as (
                select w.*, w.address is not null
                    and not exists (select from conversations v where v.contact_id = w.id and v.last_inbound_at > w.at) as moves
                from unnest(@ids, @addresses, @numbers, @seen, @at) as w (id, address, number, seen, at)
            ), moved as (
                select t.*, coalesce(case when t.moves then t.number end, k.phone_number, t.number) as present
                from told t
                join contacts k on k.id = t.id
            )
            update contacts c
            set whatsapp_id = case when m.moves then m.address else c.whatsapp_id end, phone_number = m.present,
                former_numbers = {OtherThan("m.present", "c.former_numbers, c.phone_number, m.seen")}, updated_at = @Now
            from moved m
            where c.id = m.id
            """;

        return whereabouts.Count == 0
            ? Task.CompletedTask
            : ExecuteAsync(transaction, sql, new
            {
                transaction.Now,
                ids = whereabouts.Select(w => w.ContactId).ToArray(),
                addresses = whereabouts.Select(w => w.Address).ToArray(),
                numbers = whereabouts.Select(w => w.PhoneNumber).ToArray(),
                seen = whereabouts.Select(w => w.Seen).ToArray(),
                at = whereabouts.Select(w => w.At).ToArray(),
            }, cancellationToken);
    }

    /// <summary>
    /// Gives the keys of numbers to those who have them now. A contact that loses its present number keeps it as a former one, and is sent to by
    /// its latest user id, or not at all if it has none.
    /// </summary>
    /// <exception cref="RacedException">Another transaction has given one of them to somebody first.</exception>
    public static async Task TakeAsync(StreamTransaction transaction, IReadOnlyCollection<TakenNumber> taken, CancellationToken cancellationToken)
    {
        const string Keys = """
            update contact_identities i
            set contact_id = t.contact_id, created_at = @Now
            from unnest(@organizations, @values, @contacts, @losers) as t (organization_id, value, contact_id, loser)
            where i.organization_id = t.organization_id and i.kind = 'phone' and i.value = t.value and i.contact_id = t.loser
            """;

        if (taken.Count == 0) return;
        var moved = await ExecuteAsync(transaction, Keys, new
        {
            transaction.Now,
            organizations = taken.Select(t => t.OrganizationId).ToArray(),
            values = taken.Select(t => t.Value).ToArray(),
            contacts = taken.Select(t => t.ContactId).ToArray(),
            losers = taken.Select(t => t.From).ToArray(),
        }, cancellationToken);
        if (moved < taken.Count) throw new RacedException();
        await LoseAsync(transaction, [.. taken.Where(t => t.Shown is not null).Select(t => (t.From, t.Shown!))], cancellationToken);
    }

    /// <summary>
    /// Stores what WhatsApp answered to a message of ours: the customer's id as it spells it. A number that it says is another user's is theirs no
    /// longer. Nothing changes if they have written from elsewhere since, or if the number belongs to another contact.
    /// </summary>
    /// <param name="sentTo">What the message was sent to.</param>
    /// <param name="customer">Who it went to, in WhatsApp's words.</param>
    /// <param name="isAnother">Whether that is a user id other than the contact's.</param>
    /// <param name="key">The normalized number, if WhatsApp's words have one.</param>
    public static async Task CorrectAsync(
        StreamTransaction transaction, Guid contact, string sentTo, (string? WaId, string? UserId) customer, bool isAnother, string? key,
        CancellationToken cancellationToken)
    {
        const string Find = """
            select k.id, k.organization_id, k.phone_number
            from contacts k
            where k.id = coalesce((select merged_into from contacts where id = @contact), @contact) and k.whatsapp_id = @sentTo
            for no key update
            """;
        const string Forget = "delete from contact_identities where contact_id = @Id and kind = 'phone' and value = @key";
        const string Learn = """
            insert into contact_identities (organization_id, kind, value, contact_id)
            select @OrganizationId, kind, value, @Id
            from unnest(@kinds, @values) as k (kind, value)
            where value is not null
            order by kind, value
            on conflict do nothing;

            select not exists (select from contact_identities where organization_id = @OrganizationId and kind = 'phone' and value = @key and contact_id <> @Id)
            """;

        if (await transaction.Connection.QuerySingleOrDefaultAsync<Current>(new CommandDefinition(
            Find, new { contact, sentTo }, transaction.Transaction, cancellationToken: cancellationToken)) is not var (id, organization, phoneNumber)) return;
        if (isAnother)
        {
            if (phoneNumber is null) return;
            await ExecuteAsync(transaction, Forget, new { Id = id, key }, cancellationToken);
            await LoseAsync(transaction, [(id, phoneNumber)], cancellationToken);
            return;
        }
        var isTheirs = await transaction.Connection.ExecuteScalarAsync<bool>(new CommandDefinition(Learn, new
        {
            Id = id,
            OrganizationId = organization,
            key,
            kinds = new[] { IdentityKind.Phone, IdentityKind.UserId },
            values = new[] { key, customer.UserId },
        }, transaction.Transaction, cancellationToken: cancellationToken));
        if (customer.WaId is { } number && isTheirs)
            await MoveAsync(transaction, [new(id, number, "+" + number, null, transaction.Now)], cancellationToken);
    }

    private static Task LoseAsync(StreamTransaction transaction, IReadOnlyCollection<(Guid Contact, string PhoneNumber)> losers, CancellationToken cancellationToken)
    {
        var sql = $"""
            update contacts c
            set whatsapp_id = case when c.whatsapp_id ~ '^[0-9]' then coalesce({LatestUserId("c.id")}, c.whatsapp_id) else c.whatsapp_id end,
                phone_number = null, former_numbers = {OtherThan("''", "c.former_numbers, c.phone_number")}, updated_at = @Now
            from unnest(@ids, @numbers) as l (id, number)
            where c.id = l.id and c.phone_number = l.number
            """;

        return losers.Count == 0
            ? Task.CompletedTask
            : ExecuteAsync(transaction, sql, new
            {
                transaction.Now,
                ids = losers.Select(l => l.Contact).ToArray(),
                numbers = losers.Select(l => l.PhoneNumber).ToArray(),
            }, cancellationToken);
    }

    /// <summary>An SQL expression for the user id that a contact has had last; null if it has none.</summary>
    private static string LatestUserId(string contact)
        => $"(select i.value from contact_identities i where i.contact_id = {contact} and i.kind = 'bsuid' order by i.created_at desc, i.value limit 1)";

    /// <summary>An SQL expression for numbers, each once, without the present one.</summary>
    private static string OtherThan(string present, string numbers) => $"""
        (select string_agg(o.number, ' ' order by o.place)
         from (
            select n.number, min(n.place) as place
            from unnest(string_to_array(concat_ws(' ', {numbers}), ' ')) with ordinality as n (number, place)
            where n.number is distinct from {present} and n.number <> ''
            group by n.number
         ) o)
        """;

    /// <summary>Has a contact found by these keys from now on, whichever contact had them before.</summary>
    /// <param name="phone">The customer's new number, in digits; null if it stays.</param>
    /// <param name="userId">Their new user id, to which messages go if they went to the one before.</param>
    public static Task RekeyAsync(
        StreamTransaction transaction, Guid organization, Guid contact, IReadOnlyCollection<(string Kind, string Value)> keys, string? phone, string? userId,
        CancellationToken cancellationToken)
    {
        var sql = $"""
            insert into contact_identities (organization_id, kind, value, contact_id, created_at)
            select @organization, kind, value, @contact, @Now from unnest(@kinds, @values) as k (kind, value)
            on conflict (organization_id, kind, value) do update set contact_id = excluded.contact_id, created_at = excluded.created_at;

            update contacts
            set whatsapp_id = coalesce(@phone, case when whatsapp_id !~ '^[0-9]' then @userId end, whatsapp_id),
                phone_number = coalesce('+' || @phone, phone_number),
                former_numbers = {OtherThan("coalesce('+' || @phone, phone_number)", "former_numbers, phone_number")}, updated_at = @Now
            where id = @contact
            """;

        return ExecuteAsync(transaction, sql, new
        {
            organization,
            contact,
            phone,
            userId,
            transaction.Now,
            kinds = keys.Select(k => k.Kind).ToArray(),
            values = keys.Select(k => k.Value).ToArray(),
        }, cancellationToken);
    }

    /// <summary>Merges a contact into another, which gets its keys, and those of its values that only it has.</summary>
    public static Task MergeAsync(StreamTransaction transaction, Guid goes, Guid stays, CancellationToken cancellationToken)
    {
        var sql = $"""
            update contact_identities set contact_id = @stays where contact_id = @goes;
            update contacts set merged_into = @stays, updated_at = @Now where id = @goes;
            update contacts s
            set name = coalesce(s.name, g.name), profile_name = coalesce(s.profile_name, g.profile_name),
                tags = array(select distinct on (lower(t collate "und-x-icu")) t from unnest(s.tags || g.tags) as t), attributes = g.attributes || s.attributes,
                username = coalesce(s.username, g.username),
                opted_out_at = case
                    when coalesce(g.marketing_preference_at, g.opted_out_at, '-infinity') > coalesce(s.marketing_preference_at, s.opted_out_at, '-infinity')
                    then g.opted_out_at else s.opted_out_at end,
                marketing_preference_at = greatest(s.marketing_preference_at, g.marketing_preference_at),
                first_referral = case when (g.first_referral ->> 'at')::timestamptz < (s.first_referral ->> 'at')::timestamptz or s.first_referral is null
                    then g.first_referral else s.first_referral end,
                updated_at = @Now
            from contacts g
            where s.id = @stays and g.id = @goes;
            update contacts s
            set former_numbers = {OtherThan("s.phone_number", "s.former_numbers, (select concat_ws(' ', former_numbers, phone_number) from contacts where id = @goes)")}
            where s.id = @stays
            """;

        return ExecuteAsync(transaction, sql, new { goes, stays, transaction.Now }, cancellationToken);
    }

    /// <summary>Marks customers who stopped marketing messages, according to a response from Meta.</summary>
    public static async Task OptOutAsync(StreamTransaction transaction, Guid[] contactIds, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts
            set opted_out_at = @Now, marketing_preference_at = @Now, updated_at = @Now
            where id = any(@contactIds) and opted_out_at is null
            """;
        if (contactIds.Length > 0) await ExecuteAsync(transaction, Sql, new { contactIds, transaction.Now }, cancellationToken);
    }

    /// <summary>Records that a customer stopped marketing messages or wants them again. Only what they said last counts, in whatever order it comes.</summary>
    public static Task PreferAsync(StreamTransaction transaction, Guid contact, bool stopped, DateTime at, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts
            set opted_out_at = case when @stopped then @at end, marketing_preference_at = @at, updated_at = @Now
            where id = @contact and coalesce(marketing_preference_at, opted_out_at, '-infinity') <= @at
            """;
        return ExecuteAsync(transaction, Sql, new { contact, stopped, at, transaction.Now }, cancellationToken);
    }

    /// <summary>A customer with all that they are known by; null if the organization has none with this id, or it was merged or erased.</summary>
    public static async Task<Customer?> CustomerAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        const string Theirs = """
            with recursive theirs as (
                select k.id, 0 as depth
                from contacts k
                where k.id = @id and k.organization_id = @organizationId and k.merged_into is null and k.erased_at is null
                union all
                select k.id, t.depth + 1
                from theirs t
                join contacts k on k.merged_into = t.id
            )
            """;
        const string Sql = $"""
            {Theirs}
            select k.id, k.whatsapp_id, concat_ws(' ', k.phone_number, k.former_numbers) as numbers
            from theirs t
            join contacts k on k.id = t.id
            order by t.depth, k.id;

            {Theirs}
            select i.value
            from theirs t
            join contact_identities i on i.contact_id = t.id
            """;

        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            Sql, new { organizationId, id }, transaction, cancellationToken: cancellationToken));
        var contacts = (await results.ReadAsync<(Guid Id, string WhatsappId, string Numbers)>()).AsList();
        var keys = await results.ReadAsync<string>();
        if (contacts.Count == 0) return null;
        var numbers = contacts.SelectMany(c => c.Numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => n.TrimStart('+')).Append(c.WhatsappId));
        return new Customer(organizationId, [.. contacts.Select(c => c.Id)], [.. keys.Distinct()], [.. numbers.Distinct()]);
    }

    /// <summary>Leaves of contacts only what their conversations refer to. What they wrote is to be erased next: see <see cref="ErasedAsync"/>.</summary>
    public static Task EraseAsync(StreamTransaction transaction, Guid[] contactIds, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts
            set name = null, profile_name = null, whatsapp_id = '', phone_number = null, former_numbers = null, username = null, profile_picture_url = null,
                tags = '{}', attributes = '{}', opted_out_at = null, marketing_preference_at = null, first_referral = null,
                erased_at = @Now, is_erasing = merged_into is null, updated_at = @Now
            where id = any(@contactIds);

            delete from contact_identities where contact_id = any(@contactIds)
            """;
        return ExecuteAsync(transaction, Sql, new { contactIds, transaction.Now }, cancellationToken);
    }

    /// <summary>Records that nothing is left of what an erased contact wrote.</summary>
    public static Task ErasedAsync(StreamTransaction transaction, Guid id, CancellationToken cancellationToken)
        => ExecuteAsync(transaction, "update contacts set is_erasing = false where id = @id", new { id }, cancellationToken);

    /// <summary>Contacts whose erasure has not come to its end, with their organizations.</summary>
    public static async Task<IReadOnlyList<(Guid OrganizationId, Guid Id)>> ErasingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Not those that an administrator has just asked for: their node is at it.
        const string Sql = "select organization_id, id from contacts where is_erasing and erased_at < now() - interval '1 minute' limit 100";
        return (await connection.QueryAsync<(Guid, Guid)>(new CommandDefinition(Sql, cancellationToken: cancellationToken))).AsList();
    }

    private static Task<int> ExecuteAsync(StreamTransaction transaction, string sql, object parameters, CancellationToken cancellationToken)
        => transaction.Connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction.Transaction, cancellationToken: cancellationToken));

    private sealed record Current(Guid Id, Guid OrganizationId, string? PhoneNumber);
}
