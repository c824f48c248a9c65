namespace PyTake.Conversations;

/// <summary>A search text, converted to what PostgreSQL searches for. What is the same in a search is decided in the database (search_fold).</summary>
/// <param name="Typed">For messages, in the syntax of web search engines.</param>
/// <param name="Patterns">For names, usernames and numbers: like patterns, of which one must match.</param>
/// <param name="IsNumber">Whether it may be a number, so that former numbers of customers count as well.</param>
public sealed record SearchTerms(string Typed, string[] Patterns, bool IsNumber)
{
    /// <summary>
    /// The conversations that are found (<c>found</c>), with the time of the newest message that matches, if one does. The matching contacts and
    /// messages are each found once by an index that includes the organization, so that other tenants' history costs nothing.
    /// </summary>
    /// <remarks>Lateral, because a plan that suits every search would rather read all conversations than look these up.</remarks>
    public const string Found = $"""
        with people as materialized (
            select k.id
            from contacts k
            where k.organization_id = @OrganizationId
              and {OfContact}
        ), talks as materialized (
            select m.conversation_id, max(m.occurred_at) as hit_at
            from messages m
            where m.organization_id = @OrganizationId
              and {OfMessage}
            group by m.conversation_id
        ), found as materialized (
            select id, max(hit_at) as hit_at
            from (
                select c.id, null::timestamptz as hit_at
                from people
                cross join lateral (select id from conversations where contact_id = people.id offset 0) c
                union all
                select conversation_id, hit_at from talks
            ) matches
            group by id
        )
        """;

    /// <summary>The conversations <c>c</c> that are found.</summary>
    public const string Source = "found cross join lateral (select * from conversations where id = found.id offset 0) c";

    /// <summary>A SQL condition on a contact <c>k</c>.</summary>
    public const string OfContact = $"""
        (
            {Words} like any (array(select search_fold(p) from unnest(@Patterns) as p))
            or @IsNumber and k.id = any (array(
                select i.contact_id
                from contact_identities i
                where @IsNumber
                  and i.organization_id = @OrganizationId
                  and i.kind = 'phone'
                  and ' ' || i.value like any (@Patterns)))
            or @IsNumber and k.former_numbers is not null and replace(k.former_numbers, '+', ' ') like any (@Patterns)
        )
        """;

    /// <summary>A SQL condition on a message <c>m</c>.</summary>
    public const string OfMessage = """
        to_tsvector('simple', search_fold(message_words(m.message_type, m.content))) @@ (select search_query(@Typed))
        """;

    // The expression of the index contacts_words.
    private const string Words =
        "search_fold(coalesce(k.name, '') || ' ' || coalesce(k.username, '') || ' ' || k.whatsapp_id || ' ' || coalesce(k.phone_number, ''))";

    public static SearchTerms Of(string typed)
    {
        // PostgreSQL refuses NUL in text.
        typed = typed.Replace("\0", "", StringComparison.Ordinal).Trim();
        return SpokenNumber.Read(typed) is { } number ? new(typed, number.Patterns(), IsNumber: true) : new(typed, [Like(typed.TrimStart('@'))], IsNumber: false);
    }

    private static string Like(string typed) => $"%{typed.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%";
}
