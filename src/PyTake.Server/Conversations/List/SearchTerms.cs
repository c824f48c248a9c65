namespace PyTake.Conversations;

/// <summary>What somebody typed, as PostgreSQL looks for it.</summary>
/// <param name="Pattern">For names and numbers: like, anywhere.</param>
/// <param name="Words">For messages: whole words, in the syntax of web search engines.</param>
/// <param name="Prefix">For messages: the word that is still being typed, matched by its beginning; empty where none is.</param>
public sealed record SearchTerms(string Pattern, string Words, string Prefix)
{
    /// <summary>
    /// Who (<c>people</c>) and what (<c>talks</c>) matches, each found once by an index that holds the organization as well, so that
    /// another tenant's history costs nothing.
    /// </summary>
    public const string Matches = """
        with people as materialized (
            select k.id
            from contacts k
            where k.organization_id = @OrganizationId
              and (coalesce(k.name, '') || ' ' || k.whatsapp_id || ' ' || coalesce(k.phone_number, '')) ilike @Pattern
        ), talks as materialized (
            select distinct m.conversation_id
            from messages m
            where m.organization_id = @OrganizationId
              and m.message_type in ('text', 'note', 'image', 'video', 'document', 'button', 'interactive', 'template')
              and to_tsvector('simple', left(coalesce(m.content ->> 'text', m.content ->> 'caption', ''), 100000))
                  @@ (websearch_to_tsquery('simple', @Words) && to_tsquery('simple', @Prefix))
        )
        """;

    private const int ShortestPrefix = 3;

    public static SearchTerms Of(string typed)
    {
        // Text in PostgreSQL has no NUL.
        typed = typed.Replace("\0", "").Trim();
        var at = typed.LastIndexOf(' ') + 1;
        var last = typed[at..];
        // Quotes and a minus mean something to websearch_to_tsquery; a shorter beginning would match half of everything.
        var open = last.Length >= ShortestPrefix && last[0] != '-' && !typed.Contains('"');
        return new SearchTerms(Like(typed), open ? typed[..at] : typed, open ? Quote(last) + ":*" : "");
    }

    // A number is found however it is written: +55 (11) 98888-7777 as 5511988887777.
    private static string Like(string typed)
    {
        var number = typed.Any(char.IsAsciiDigit) && typed.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '(' or ')' or '.' or ' ');
        if (number) typed = string.Concat(typed.Where(char.IsAsciiDigit));
        return $"%{typed.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%";
    }

    private static string Quote(string word) => $"'{word.Replace(@"\", @"\\").Replace("'", "''")}'";
}
