using Dapper;
using Npgsql;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>A customer seen for the first time.</summary>
internal sealed record NewContact(Guid Id, Guid OrganizationId, CustomerIdentity Customer);

/// <summary>A key by which a contact may be found from now on.</summary>
internal sealed record NewIdentity(Guid OrganizationId, string Kind, string Value, Guid ContactId);

/// <summary>A conversation that a message begins; one from a history is created closed.</summary>
internal sealed record NewConversation(Guid Id, Guid OrganizationId, Guid ContactId, Guid NumberId, bool Closed);

/// <summary>The SQL that creates customers and their conversations. Constraints settle races: the second transaction starts over.</summary>
internal static class CustomerStore
{
    /// <exception cref="RacedException">Another transaction has created the same customer first.</exception>
    public static async Task InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<NewContact> contacts, IReadOnlyList<NewIdentity> identities,
        DateTime now, CancellationToken cancellationToken)
    {
        const string Contacts = """
            insert into contacts (id, organization_id, name, profile_name, whatsapp_id, phone_number, username, created_at, updated_at)
            select id, organization_id, name, name, whatsapp_id, phone_number, username, @now, @now
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
            await connection.ExecuteAsync(new CommandDefinition(Contacts, new
            {
                now,
                ids = contacts.Select(c => c.Id).ToArray(),
                organizations = contacts.Select(c => c.OrganizationId).ToArray(),
                names = contacts.Select(c => c.Customer.Name).ToArray(),
                whatsappIds = contacts.Select(c => c.Customer.WaId ?? c.Customer.UserId ?? c.Customer.ParentUserId).ToArray(),
                phoneNumbers = contacts.Select(c => c.Customer.WaId is { } number ? "+" + number : null).ToArray(),
                usernames = contacts.Select(c => c.Customer.Username).ToArray(),
            }, transaction, cancellationToken: cancellationToken));
        if (identities.Count == 0) return;
        var inserted = await connection.ExecuteAsync(new CommandDefinition(Identities, new
        {
            organizations = identities.Select(i => i.OrganizationId).ToArray(),
            kinds = identities.Select(i => i.Kind).ToArray(),
            values = identities.Select(i => i.Value).ToArray(),
            contacts = identities.Select(i => i.ContactId).ToArray(),
        }, transaction, cancellationToken: cancellationToken));
        if (inserted < identities.Count) throw new RacedException();
    }

    /// <exception cref="RacedException">Another transaction has created the same conversation first.</exception>
    public static async Task InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<NewConversation> conversations, DateTime now, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, status, closed_at, created_at, updated_at,
                window_expires_at)
            select id, organization_id, contact_id, whatsapp_number_id, case when closed then 'closed' else 'open' end,
                case when closed then @now end, @now, @now,
                -- The window is between the customer and the number, whichever conversation they were in.
                (select max(window_expires_at) from conversations o where o.contact_id = c.contact_id and o.whatsapp_number_id = c.whatsapp_number_id)
            from unnest(@ids, @organizations, @contacts, @numbers, @closed)
                as c (id, organization_id, contact_id, whatsapp_number_id, closed)
            order by contact_id, whatsapp_number_id
            on conflict do nothing
            """;

        if (conversations.Count == 0) return;
        var inserted = await connection.ExecuteAsync(new CommandDefinition(Sql, new
        {
            now,
            ids = conversations.Select(c => c.Id).ToArray(),
            organizations = conversations.Select(c => c.OrganizationId).ToArray(),
            contacts = conversations.Select(c => c.ContactId).ToArray(),
            numbers = conversations.Select(c => c.NumberId).ToArray(),
            closed = conversations.Select(c => c.Closed).ToArray(),
        }, transaction, cancellationToken: cancellationToken));
        if (inserted < conversations.Count) throw new RacedException();
    }

    /// <summary>The latest conversation of a customer with a number, whatever its state: where a history belongs.</summary>
    public static Task<Guid?> LatestAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid contact, Guid number, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id from conversations
            where contact_id = @contact and whatsapp_number_id = @number
            order by created_at desc
            limit 1
            """;
        return connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition(Sql, new { contact, number }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The open or pending conversation of a customer with a number.</summary>
    public static Task<Guid?> ActiveAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid contact, Guid number, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id from conversations
            where contact_id = @contact and whatsapp_number_id = @number and status in ('open', 'pending')
            """;
        return connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition(Sql, new { contact, number }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores customers' new profile names; a name that an agent gave stays.</summary>
    public static Task RenameAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyDictionary<Guid, string> names, DateTime now, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts c
            set profile_name = n.name, updated_at = @now,
                name = case when c.name is not distinct from c.profile_name then n.name else c.name end
            from unnest(@ids, @names) as n (id, name)
            where c.id = n.id
            """;
        return names.Count == 0 ? Task.CompletedTask : connection.ExecuteAsync(new CommandDefinition(
            Sql, new { ids = names.Keys.ToArray(), names = names.Values.ToArray(), now }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores the numbers of customers who were known only by their user id; messages to them go there from now on.</summary>
    public static Task ShowNumbersAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyDictionary<Guid, string> numbers, DateTime now, CancellationToken cancellationToken)
    {
        const string Sql = """
            update contacts c
            set whatsapp_id = n.number, phone_number = '+' || n.number, updated_at = @now
            from unnest(@ids, @numbers) as n (id, number)
            where c.id = n.id and c.phone_number is null
            """;

        return numbers.Count == 0 ? Task.CompletedTask : connection.ExecuteAsync(new CommandDefinition(
            Sql, new { ids = numbers.Keys.ToArray(), numbers = numbers.Values.ToArray(), now }, transaction, cancellationToken: cancellationToken));
    }
}

/// <summary>Another transaction did the same thing at the same moment and was first; the work has to start over.</summary>
internal sealed class RacedException() : Exception("another transaction did the same at the same moment");
