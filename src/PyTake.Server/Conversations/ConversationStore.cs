using Dapper;
using Npgsql;
using PyTake.Accounts;

namespace PyTake.Conversations;

/// <summary>Finds single conversations, and who may have them.</summary>
public sealed class ConversationStore(NpgsqlDataSource db)
{
    /// <summary>A conversation of the caller's organization with the caller's unread count; null if there is none.</summary>
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

    /// <summary>
    /// Whether conversations may be assigned to a user: active, of this organization, and not a viewer. The user stays so until the transaction ends:
    /// whoever takes the right waits for it, and then finds what was assigned.
    /// </summary>
    /// <remarks>Call it before an active conversation is locked: who gives conversations back has the user's row before theirs.</remarks>
    internal static async Task<bool> HoldAgentAsync(
        StreamTransaction transaction, Guid organizationId, Guid userId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select true
            from users
            where id = @userId
              and organization_id = @organizationId
              and is_active
              and role in ('agent', 'org_admin')
            for share
            """;

        return await transaction.Connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            Sql, new { organizationId, userId }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The active conversations that are assigned to a user.</summary>
    internal static async Task<IReadOnlyList<Guid>> InHandAsync(
        StreamTransaction transaction, Guid organizationId, Guid userId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select c.id
            from conversations c
            where c.organization_id = @organizationId
              and c.assigned_agent_id = @userId
              and {ConversationViews.Active}
            """;

        return (await transaction.Connection.QueryAsync<Guid>(new CommandDefinition(
            Sql, new { organizationId, userId }, transaction.Transaction, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Whether the contact and the number each belong to the organization and can be used.</summary>
    internal static async Task<(bool Contact, bool Number)> OwnsAsync(
        StreamTransaction transaction, Guid organizationId, Guid contactId, Guid whatsappNumberId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select exists (select from contacts where id = @contactId and organization_id = @organizationId and merged_into is null and erased_at is null),
                exists (select from whatsapp_numbers where id = @whatsappNumberId and organization_id = @organizationId and is_active)
            """;

        return await transaction.Connection.QuerySingleAsync<(bool, bool)>(new CommandDefinition(
            Sql, new { organizationId, contactId, whatsappNumberId }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The latest conversation of a customer with a number, whatever its state: where a history belongs.</summary>
    internal static Task<Guid?> LatestAsync(StreamTransaction transaction, Guid contact, Guid number, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id from conversations
            where contact_id = @contact and whatsapp_number_id = @number
            order by created_at desc
            limit 1
            """;
        return transaction.Connection.QuerySingleOrDefaultAsync<Guid?>(
            new CommandDefinition(Sql, new { contact, number }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>All conversations of a contact, which the list shows with the contact.</summary>
    internal static async Task<IReadOnlyList<Guid>> OfContactAsync(
        StreamTransaction transaction, Guid organizationId, Guid contactId, CancellationToken cancellationToken)
    {
        const string Sql = "select id from conversations where contact_id = @contactId and organization_id = @organizationId";
        return (await transaction.Connection.QueryAsync<Guid>(
            new CommandDefinition(Sql, new { contactId, organizationId }, transaction.Transaction, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The open or pending conversation of a customer with a number.</summary>
    internal static Task<Guid?> ActiveAsync(StreamTransaction transaction, Guid contact, Guid number, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id from conversations
            where contact_id = @contact and whatsapp_number_id = @number and status in ('open', 'pending')
            """;
        return transaction.Connection.QuerySingleOrDefaultAsync<Guid?>(
            new CommandDefinition(Sql, new { contact, number }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Until when any message may be sent to the customer. Meta's window belongs to the pair of customer and number, so their messages in
    /// other conversations count as well. Null if it is closed.
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

    /// <summary>The queued conversation whose customer has waited longest; null if there is none. It is not locked.</summary>
    internal static async Task<Guid?> LongestQueuedAsync(StreamTransaction transaction, Guid organizationId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select c.id
            from conversations c
            where c.organization_id = @organizationId
              and {ConversationViews.Queued}
            order by c.waiting_since, c.id
            limit 1
            """;

        return await transaction.Connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            Sql, new { organizationId }, transaction.Transaction, cancellationToken: cancellationToken));
    }
}
