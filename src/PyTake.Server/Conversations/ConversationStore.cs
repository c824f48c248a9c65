using Dapper;
using Npgsql;
using PyTake.Accounts;

namespace PyTake.Conversations;

/// <summary>Single conversations: looked up, made, and taken from the queue.</summary>
public sealed class ConversationStore(NpgsqlDataSource db)
{
    /// <summary>A conversation of the caller's organization with what the caller has not read; null where there is none.</summary>
    public async Task<Conversation?> FindAsync(Caller caller, Guid conversationId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {ConversationColumns.ForReader}
            from conversations c
            join contacts k on k.id = c.contact_id
            left join conversation_reads r on r.conversation_id = c.id and r.user_id = @UserId
            where c.id = @conversationId
              and c.organization_id = @OrganizationId
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var found = await connection.QueryAsync<Conversation, Contact, Conversation>(
            new CommandDefinition(Sql, new { conversationId, caller.UserId, caller.OrganizationId }, cancellationToken: cancellationToken),
            ConversationColumns.WithContact);
        return found.SingleOrDefault();
    }

    /// <summary>Whether a user may have conversations: active, of this organization, and not a mere viewer.</summary>
    public async Task<bool> MayBeAssignedAsync(Guid organizationId, Guid userId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select exists (
                select from users
                where id = @userId
                  and organization_id = @organizationId
                  and is_active
                  and role in ('agent', 'org_admin')
            )
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(
            new CommandDefinition(Sql, new { organizationId, userId }, cancellationToken: cancellationToken));
    }

    /// <summary>Which of the two belong to the organization and can be used.</summary>
    internal static async Task<(bool Contact, bool Number)> OwnsAsync(
        StreamTransaction transaction, Guid organizationId, Guid contactId, Guid whatsappNumberId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select exists (select from contacts where id = @contactId and organization_id = @organizationId and merged_into is null),
                exists (select from whatsapp_numbers where id = @whatsappNumberId and organization_id = @organizationId and is_active)
            """;

        return await transaction.Connection.QuerySingleAsync<(bool, bool)>(new CommandDefinition(
            Sql, new { organizationId, contactId, whatsappNumberId }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Makes a conversation unless the two have an active one; the unique index settles who of two was first.</summary>
    /// <returns>Its id, or null where there is one already. Its number in the list comes with the transaction's commit.</returns>
    internal static async Task<Guid?> InsertAsync(
        StreamTransaction transaction, Guid organizationId, Guid contactId, Guid whatsappNumberId, CancellationToken cancellationToken)
    {
        const string Sql = """
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, created_at, updated_at)
            values (@id, @organizationId, @contactId, @whatsappNumberId, @Now, @Now)
            on conflict (contact_id, whatsapp_number_id) where status in ('open', 'pending') do nothing
            returning id
            """;

        return await transaction.Connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            Sql, new { id = Guid.CreateVersion7(), organizationId, contactId, whatsappNumberId, transaction.Now },
            transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Until when the customer may be answered freely, whichever conversation they wrote in: Meta's window is the pair's, not the
    /// conversation's. Null where it is shut.
    /// </summary>
    internal static async Task<DateTime?> WindowAsync(StreamTransaction transaction, Conversation conversation, CancellationToken cancellationToken)
    {
        const string Sql = """
            select max(window_expires_at)
            from conversations
            where contact_id = @ContactId
              and whatsapp_number_id = @WhatsappNumberId
              and window_expires_at > @Now
            """;

        return await transaction.Connection.ExecuteScalarAsync<DateTime?>(new CommandDefinition(
            Sql, new { conversation.ContactId, conversation.WhatsappNumberId, transaction.Now },
            transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Takes the row of the oldest open conversation that nobody has; null where there is none.</summary>
    internal static async Task<Guid?> TakeOldestUnassignedAsync(StreamTransaction transaction, Guid organizationId, CancellationToken cancellationToken)
    {
        const string Oldest = """
            select id
            from conversations
            where organization_id = @organizationId
              and assigned_agent_id is null
              and status = 'open'
            order by created_at
            limit 1
            for no key update
            """;

        // A row that somebody holds is mostly being pulled. Where no other is left it may only be getting a message: wait for it.
        return await TakeAsync(Oldest + " skip locked") ?? await TakeAsync(Oldest);

        Task<Guid?> TakeAsync(string sql) => transaction.Connection.ExecuteScalarAsync<Guid?>(
            new CommandDefinition(sql, new { organizationId }, transaction.Transaction, cancellationToken: cancellationToken));
    }
}
