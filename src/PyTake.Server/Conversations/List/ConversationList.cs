using System.Globalization;
using Dapper;
using Npgsql;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>A query for an organization's conversations, as one user sees them.</summary>
/// <param name="Unassigned">Only conversations that no agent is assigned to.</param>
/// <param name="Active">True for open and pending ones only, false for resolved and closed ones only; null for both.</param>
/// <param name="View">Only conversations of this view. With <paramref name="ChangedAfter"/> those that changed and do not belong, or do not pass the filter, come as well.</param>
/// <param name="Search">Words of a contact's name or number, or of a message; null for all.</param>
/// <param name="Before">Continues after the last conversation of the page that returned this cursor.</param>
/// <param name="ChangedAfter">Only conversations that changed after this inbox number, in the order of the changes.</param>
public sealed record ConversationQuery(
    Guid OrganizationId, Guid UserId, int Skip, int Limit, string? Status, bool AssignedToMe, bool Unassigned, bool? Active,
    ConversationView? View, ConversationFilter Filter, string? Search, ConversationCursor? Before, long? ChangedAfter);

/// <summary>A page of the list, all from one snapshot.</summary>
/// <param name="Total">How many conversations match the filters, on all pages.</param>
/// <param name="InboxSeq">The organization's inbox number at the snapshot: a query for changes after it misses nothing.</param>
/// <param name="Next">What the next page is asked for with: before or changed_after. Null on the last one; a page may be shorter than asked for.</param>
public sealed record ConversationPage(IReadOnlyList<Conversation> Items, long Total, long InboxSeq, string? Next)
{
    /// <summary>The rows as the query's view and filter have them: what changed and does not belong is removed.</summary>
    public IReadOnlyList<IListed> RowsOf(ConversationQuery query) => query is { View: { } view, ChangedAfter: not null }
        ? [.. Items.Select(c => view.Contains(c, query.UserId) && query.Filter.Passes(c) ? (IListed)c : new RemovedConversation(c.Id, c.InboxSeq))]
        : Items;
}

/// <summary>Reads pages of the list.</summary>
public sealed class ConversationList(NpgsqlDataSource db)
{
    // Every client that reconnects asks what changed, thousands at once after a node has died. More queries at a time would be no faster,
    // and would delay everything else that the node does.
    private readonly SemaphoreSlim _catchingUp = new(2 * Environment.ProcessorCount);

    /// <summary>A page with the newest message first and conversations without messages last; or in the order of changes.</summary>
    /// <remarks>
    /// One statement, so that items, total and inbox number are of one snapshot. The SQL contains only the filters in use, so that each
    /// combination gets its own plan. The length of a page is not known when it is planned, so what belongs to its rows is looked up for each:
    /// a plain join would be one that reads all that the reader ever read.
    /// </remarks>
    public async Task<ConversationPage> PageAsync(ConversationQuery query, CancellationToken cancellationToken)
    {
        if (query.ChangedAfter is null) return await ReadAsync(query, cancellationToken);
        await _catchingUp.WaitAsync(cancellationToken);
        try
        {
            return await ReadAsync(query, cancellationToken);
        }
        finally
        {
            _catchingUp.Release();
        }
    }

    private async Task<ConversationPage> ReadAsync(ConversationQuery query, CancellationToken cancellationToken)
    {
        var search = query.Search is null ? null : SearchTerms.Of(query.Search);
        var source = search is null ? "conversations c" : SearchTerms.Source;
        var order = query.ChangedAfter is null ? "coalesce(c.last_message_at, '-infinity') desc, c.id desc" : "c.inbox_seq";
        var sql = $"""
            {(search is null ? "" : SearchTerms.Found)}
            select i.inbox_seq as position, (select count(*) from {source} where {Filter(query)}) as total,
                {(search is null ? "" : "hit.*,")} {ConversationColumns.ForReader}
            from inbox_counters i
            left join lateral (
                select c.id{(search is null ? "" : ", found.hit_at")}
                from {source}
                where {Filter(query)}
                  {(query.Before is null ? "" : "and (coalesce(c.last_message_at, '-infinity'), c.id) < (@beforeAt, @beforeId)")}
                order by {order}
                offset @Skip
                limit @Limit + 1
            ) page on true
            left join conversations c on c.id = page.id
            left join lateral (select * from contacts where id = c.contact_id limit 1) k on true
            left join lateral (select * from conversation_reads where conversation_id = c.id and user_id = @UserId limit 1) r on true
            {(search is null ? "" : Hit)}
            where i.organization_id = @OrganizationId
            order by {order}
            """;

        Head? head = null;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Head, Conversation?, Contact, Conversation?>(
            new CommandDefinition(sql, new
            {
                query.OrganizationId,
                query.UserId,
                query.Skip,
                query.Limit,
                query.Status,
                query.ChangedAfter,
                beforeAt = query.Before?.LastMessageAt ?? ConversationCursor.NoMessage,
                beforeId = query.Before?.Id,
                query.Filter.Tag,
                query.Filter.AgentId,
                query.Filter.ContactId,
                query.Filter.WhatsappNumberId,
                search?.Typed,
                search?.Patterns,
                IsNumber = search?.IsNumber ?? false,
            }, cancellationToken: cancellationToken),
            (first, conversation, contact) =>
            {
                head = first;
                return conversation is null ? null : ConversationColumns.WithContact(conversation, contact) with { Hit = first.Hit };
            });

        var items = rows.OfType<Conversation>().ToList();
        var count = Math.Min(query.Limit, AnswerSize.Fitting(items, AnswerSize.Of));
        var more = items.Count > count;
        items.RemoveRange(count, items.Count - count);
        var next = !more ? null
            : query.ChangedAfter is null ? ConversationCursor.After(items[^1]).ToString()
            : items[^1].InboxSeq.ToString(CultureInfo.InvariantCulture);
        return new ConversationPage(items, head?.Total ?? 0, head?.Position ?? 0, next);
    }

    private static string Filter(ConversationQuery query) => string.Join("\n  and ",
    [
        "c.organization_id = @OrganizationId",
        .. When(query.Status is not null, "c.status = @Status"),
        .. When(query.AssignedToMe, "c.assigned_agent_id = @UserId"),
        .. When(query.Unassigned, "c.assigned_agent_id is null"),
        .. When(query.Active is true, ConversationViews.Active),
        .. When(query.Active is false, ConversationViews.Condition(ConversationView.Closed)),
        .. query is { View: { } view, ChangedAfter: null } ? [ConversationViews.Condition(view)] : (string[])[],
        .. query is { View: not null, ChangedAfter: not null } ? [] : query.Filter.Conditions(),
        .. When(query.ChangedAfter is not null, "c.inbox_seq > @ChangedAfter"),
    ]);

    private static string[] When(bool asked, string condition) => asked ? [condition] : [];

    // Of the messages with the newest time that matches, the last: times are Meta's seconds.
    private const string Hit = $"""
        left join lateral (
            select m.id as hit_id, m.message_type as hit_type, m.content as hit_content, m.direction as hit_direction, m.occurred_at as hit_at
            from messages m
            where m.conversation_id = page.id
              and m.occurred_at = page.hit_at
              and {SearchTerms.OfMessage}
            order by m.created_at desc, m.id desc
            limit 1
        ) hit on true
        """;

    private sealed record Head
    {
        public long Position { get; init; }
        public long Total { get; init; }
        public Guid? HitId { get; init; }
        public string? HitType { get; init; }
        public RawJson? HitContent { get; init; }
        public string? HitDirection { get; init; }
        public DateTime? HitAt { get; init; }

        public SearchHit? Hit => HitId is { } id ? new(id, HitType!, MessagePreview.Of(HitContent!.Value), HitDirection!, HitAt!.Value) : null;
    }
}
