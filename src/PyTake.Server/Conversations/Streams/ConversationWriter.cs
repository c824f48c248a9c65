using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using PyTake.Database;

namespace PyTake.Conversations;

/// <summary>A conversation to create; one from a history is created closed.</summary>
internal sealed record NewConversation(Guid Id, Guid OrganizationId, Guid ContactId, Guid NumberId, bool Closed = false);

/// <summary>All SQL that writes conversations and the counters of their inbox numbers.</summary>
internal static class ConversationWriter
{
    private static readonly ColumnMap<Placed> Changeable = new ColumnMap<Placed>()
        .With("last_seq", NpgsqlDbType.Bigint, c => c.Row.LastSeq)
        .With("status", NpgsqlDbType.Text, c => c.Row.Status)
        .With("assigned_agent_id", NpgsqlDbType.Uuid, c => c.Row.AssignedAgentId)
        .With("priority", NpgsqlDbType.Text, c => c.Row.Priority)
        .With(
            "tags", NpgsqlDbType.Text, c => c.Row.Tags.Length == 0 ? "[]" : JsonSerializer.Serialize(c.Row.Tags),
            "array(select jsonb_array_elements_text({0}::jsonb))")
        .WithJson("extra_data", c => c.Row.ExtraData.Text)
        .With("waiting_since", NpgsqlDbType.TimestampTz, c => c.Row.WaitingSince)
        .With("failed_count", NpgsqlDbType.Integer, c => c.Row.FailedCount)
        .With("inbound_count", NpgsqlDbType.Integer, c => c.Row.InboundCount)
        .With("total_messages", NpgsqlDbType.Integer, c => c.Row.TotalMessages)
        .WithJson("last_message", c => c.Row.LastMessage?.Text)
        .With("last_message_at", NpgsqlDbType.TimestampTz, c => c.Row.LastMessageAt)
        .With("last_inbound_at", NpgsqlDbType.TimestampTz, c => c.Row.LastInboundAt)
        .With("last_outbound_at", NpgsqlDbType.TimestampTz, c => c.Row.LastOutboundAt)
        .With("window_expires_at", NpgsqlDbType.TimestampTz, c => c.Row.WindowExpiresAt)
        .With("first_response_at", NpgsqlDbType.TimestampTz, c => c.Row.FirstResponseAt)
        .With("resolved_at", NpgsqlDbType.TimestampTz, c => c.Row.ResolvedAt)
        .With("closed_at", NpgsqlDbType.TimestampTz, c => c.Row.ClosedAt)
        .With("controlled_by", NpgsqlDbType.Text, c => c.Row.ControlledBy)
        .With("controlled_since", NpgsqlDbType.TimestampTz, c => c.Row.ControlledSince)
        .With("updated_at", NpgsqlDbType.TimestampTz, c => c.Row.UpdatedAt);

    private static readonly ColumnMap<Placed> Updated = new ColumnMap<Placed>()
        .With("id", NpgsqlDbType.Uuid, c => c.Row.Id)
        .With("place", NpgsqlDbType.Integer, c => c.Place)
        .With(Changeable);

    private static readonly string UpdateSql = $"""
        with counters as (
            update inbox_counters i
            set inbox_seq = i.inbox_seq + n.changes
            from unnest($1, $2) as n (organization_id, changes)
            where i.organization_id = n.organization_id
            returning i.organization_id, i.inbox_seq, i.inbox_seq - n.changes as base
        )
        update conversations c
        set inbox_seq = counters.base + u.place, {Changeable.Assignments("u")}
        from counters, {Updated.Unnest(first: 3)} as u ({Updated.Names})
        where c.id = u.id and c.organization_id = counters.organization_id
        returning c.id, c.inbox_seq, counters.inbox_seq
        """;

    /// <summary>Creates an organization's counter, in the transaction that creates the organization.</summary>
    public static Task AddInboxAsync(NpgsqlTransaction transaction, Guid organizationId, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "insert into inbox_counters (organization_id) values (@organizationId) on conflict do nothing",
            new { organizationId }, transaction, cancellationToken: cancellationToken));

    /// <summary>Creates a conversation unless the contact and the number have an active one; a unique index settles races.</summary>
    /// <returns>Whether it was created. Its inbox number is assigned by the transaction's commit.</returns>
    public static async Task<bool> TryInsertAsync(StreamTransaction transaction, NewConversation conversation, CancellationToken cancellationToken)
        => await InsertNewAsync(transaction, [conversation], cancellationToken) == 1;

    /// <summary>Creates conversations.</summary>
    /// <exception cref="RacedException">Another transaction has created the same conversation first.</exception>
    public static async Task InsertAsync(
        StreamTransaction transaction, IReadOnlyList<NewConversation> conversations, CancellationToken cancellationToken)
    {
        if (conversations.Count > 0 && await InsertNewAsync(transaction, conversations, cancellationToken) < conversations.Count)
            throw new RacedException();
    }

    /// <summary>
    /// Gives the conversations of a contact to the one that it is merged into. If both have an active conversation with a number, the one
    /// that moves is closed.
    /// </summary>
    /// <returns>The ids of those that moved; lock and update them, because the list shows their contact.</returns>
    public static async Task<IReadOnlyList<Guid>> MoveAsync(StreamTransaction transaction, Guid goes, Guid stays, CancellationToken cancellationToken)
    {
        const string Sql = """
            update conversations c
            set status = 'closed', closed_at = @Now
            where c.contact_id = @goes and c.status in ('open', 'pending')
              and exists (
                select from conversations o
                where o.contact_id = @stays and o.whatsapp_number_id = c.whatsapp_number_id and o.status in ('open', 'pending'));

            update conversations set contact_id = @stays where contact_id = @goes returning id
            """;

        return (await transaction.Connection.QueryAsync<Guid>(new CommandDefinition(
            Sql, new { goes, stays, transaction.Now }, transaction.Transaction, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>
    /// The commands that store changed conversations and give each its next inbox number. Their only result has three columns: the
    /// conversation's id, its inbox number, and the last inbox number of its organization.
    /// </summary>
    public static IEnumerable<NpgsqlBatchCommand> Update(IReadOnlyCollection<Conversation> conversations)
    {
        var organizations = conversations.GroupBy(c => c.OrganizationId).OrderBy(g => g.Key).ToArray();
        if (organizations.Length > 1) yield return LockCounters(organizations.Select(g => g.Key));
        if (organizations.Length > 0) yield return Update(organizations);
    }

    private static Task<int> InsertNewAsync(
        StreamTransaction transaction, IReadOnlyList<NewConversation> conversations, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, status, closed_at, created_at, updated_at,
                window_expires_at)
            select id, organization_id, contact_id, whatsapp_number_id, case when closed then 'closed' else 'open' end,
                case when closed then @Now end, @Now, @Now,
                -- The window is between the customer and the number, whichever conversation they were in.
                (select max(window_expires_at) from conversations o where o.contact_id = c.contact_id and o.whatsapp_number_id = c.whatsapp_number_id)
            from unnest(@ids, @organizations, @contacts, @numbers, @closed)
                as c (id, organization_id, contact_id, whatsapp_number_id, closed)
            order by contact_id, whatsapp_number_id
            on conflict do nothing
            """;

        return transaction.Connection.ExecuteAsync(new CommandDefinition(Sql, new
        {
            transaction.Now,
            ids = conversations.Select(c => c.Id).ToArray(),
            organizations = conversations.Select(c => c.OrganizationId).ToArray(),
            contacts = conversations.Select(c => c.ContactId).ToArray(),
            numbers = conversations.Select(c => c.NumberId).ToArray(),
            closed = conversations.Select(c => c.Closed).ToArray(),
        }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    // Several organizations in one transaction: locks their counters in the order of their ids, as all transactions do.
    private static NpgsqlBatchCommand LockCounters(IEnumerable<Guid> organizations)
    {
        var command = new NpgsqlBatchCommand("""
            select from inbox_counters where organization_id = any($1) order by organization_id for no key update
            """);
        command.Add(NpgsqlDbType.Uuid, [.. organizations], id => id);
        return command;
    }

    private static NpgsqlBatchCommand Update(IGrouping<Guid, Conversation>[] organizations)
    {
        var command = new NpgsqlBatchCommand(UpdateSql);
        command.Add(NpgsqlDbType.Uuid, organizations, g => g.Key);
        command.Add(NpgsqlDbType.Integer, organizations, g => g.Count());
        Updated.AddTo(command, [.. organizations.SelectMany(g => g.Select((conversation, index) => new Placed(index + 1, conversation)))]);
        return command;
    }

    /// <summary>A conversation, and its place (from 1) among the inbox numbers that its organization assigns in this commit.</summary>
    private readonly record struct Placed(int Place, Conversation Row);
}
