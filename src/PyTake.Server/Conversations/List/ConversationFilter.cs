namespace PyTake.Conversations;

/// <summary>
/// What a list is narrowed to besides its view; a null is not asked for. Like the views it says the same twice: as SQL for a list, and of a conversation
/// that changed (ConversationFilterTests).
/// </summary>
/// <param name="Tag">One of the conversation's tags or its contact's, in any case.</param>
/// <param name="Unread">Whether the caller has messages to read.</param>
/// <param name="Failed">Whether messages of ours failed and were not sent again.</param>
public sealed record ConversationFilter(string? Tag, Guid? AgentId, Guid? ContactId, Guid? WhatsappNumberId, bool? Unread, bool? Failed)
{
    // For the index of conversations with tags, and of contacts' conversations.
    private const string Tagged = """
        (c.tags <> '{}' and exists (select from unnest(c.tags) as t where lower(t collate "und-x-icu") = lower(@Tag collate "und-x-icu"))
            or c.contact_id = any (array(
                select k.id
                from contacts k
                where k.organization_id = @OrganizationId
                  and k.tags <> '{}'
                  and exists (select from unnest(k.tags) as t where lower(t collate "und-x-icu") = lower(@Tag collate "und-x-icu")))))
        """;

    private const string HasUnread = """
        c.inbound_count > coalesce((select r.inbound_read from conversation_reads r where r.conversation_id = c.id and r.user_id = @UserId), 0)
        """;

    /// <summary>SQL conditions on a conversation <c>c</c>.</summary>
    internal IEnumerable<string> Conditions()
    {
        if (Tag is not null) yield return Tagged;
        if (AgentId is not null) yield return "c.assigned_agent_id = @AgentId";
        if (ContactId is not null) yield return "c.contact_id = @ContactId";
        if (WhatsappNumberId is not null) yield return "c.whatsapp_number_id = @WhatsappNumberId";
        if (Unread is { } unread) yield return unread ? HasUnread : $"not ({HasUnread})";
        if (Failed is { } failed) yield return failed ? "c.failed_count > 0" : "c.failed_count = 0";
    }

    /// <summary>Whether it lets a conversation through, as the caller sees it.</summary>
    public bool Passes(Conversation conversation)
        => (Tag is null || conversation.Tags.Concat(conversation.Contact.Tags).Contains(Tag, StringComparer.OrdinalIgnoreCase))
            && (AgentId is null || conversation.AssignedAgentId == AgentId)
            && (ContactId is null || conversation.ContactId == ContactId)
            && (WhatsappNumberId is null || conversation.WhatsappNumberId == WhatsappNumberId)
            && (Unread is null || conversation.UnreadCount > 0 == Unread)
            && (Failed is null || conversation.FailedCount > 0 == Failed);
}
