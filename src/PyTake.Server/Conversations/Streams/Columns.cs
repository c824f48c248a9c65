using System.Data.Common;
using Dapper;

namespace PyTake.Conversations;

/// <summary>The columns of a <see cref="Conversation"/> and its contact, for Dapper's split on the second id.</summary>
internal static class ConversationColumns
{
    public const string All = $"""
        {Own},
        {OfContact}
        """;

    private const string Own = """
        c.id, c.organization_id, c.contact_id, c.whatsapp_number_id, c.status, c.assigned_agent_id, c.priority, c.tags,
        c.extra_data, c.total_messages, c.last_message_at, c.last_inbound_at, c.last_outbound_at, c.waiting_since, c.window_expires_at,
        c.first_response_at, c.resolved_at, c.closed_at, c.created_at, c.updated_at, c.last_message, c.last_seq,
        c.inbox_seq, c.inbound_count, c.failed_count, c.controlled_by, c.controlled_since
        """;

    /// <summary>The columns of a <see cref="Contact"/> alone.</summary>
    public const string OfContact = """
        k.id, k.name, k.whatsapp_id, k.phone_number, k.former_numbers, k.username, k.profile_picture_url, k.tags, k.attributes,
        k.opted_out_at, k.first_referral, k.erased_at, k.created_at, k.updated_at
        """;

    /// <summary>With the unread count of one user, whose row of conversation_reads is <c>r</c> (or missing).</summary>
    public const string ForReader = $"""
        {Own}, greatest(c.inbound_count - coalesce(r.inbound_read, 0), 0) as unread_count,
        {OfContact}
        """;

    /// <summary>Parses rows of a reader whose current result selects <see cref="All"/>.</summary>
    public static Func<DbDataReader, Conversation> Parser(DbDataReader reader)
    {
        var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToList();
        var contact = columns.LastIndexOf("id");
        var (ofConversation, ofContact) = (reader.GetRowParser<Conversation>(length: contact), reader.GetRowParser<Contact>(startIndex: contact));
        return row => WithContact(ofConversation(row), ofContact(row));
    }

    public static Conversation WithContact(Conversation conversation, Contact contact) => conversation with { Contact = contact };
}

/// <summary>The columns of a <see cref="Message"/>.</summary>
internal static class MessageColumns
{
    public const string All = """
        m.id, m.conversation_id, m.direction, m.sender_type, m.sender_user_id, m.message_type, m.content, m.status,
        m.whatsapp_message_id, m.reply_to_message_id, m.created_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at,
        m.error_code, m.error_message, m.seq, m.occurred_at, m.client_message_id, m.reactions, m.media,
        m.created_seq, m.inbound_number, m.reply_to_whatsapp_message_id, m.meta
        """;
}
