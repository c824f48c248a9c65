namespace PyTake.Conversations;

/// <summary>A search text, converted to what PostgreSQL searches for.</summary>
/// <param name="Pattern">For names and numbers: an ilike pattern that matches anywhere.</param>
/// <param name="Words">For messages: whole words, in the syntax of web search engines.</param>
/// <param name="Prefix">For messages: the last word, which may still be being typed, matched as a prefix; empty for none.</param>
public sealed record SearchTerms(string Pattern, string Words, string Prefix)
{
    /// <summary>
    /// The matching contacts (<c>people</c>) and conversations (<c>talks</c>), each found once by an index that includes the organization,
    /// so that other tenants' history costs nothing.
    /// </summary>
    public const string Matches = """
        with people as materialized (
            select k.id
            from contacts k
            where k.organization_id = @OrganizationId
              and ((coalesce(k.name, '') || ' ' || k.whatsapp_id || ' ' || coalesce(k.phone_number, '')) ilike @Pattern or k.former_numbers ilike @Pattern)
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
        // PostgreSQL refuses NUL in text.
        typed = typed.Replace("\0", "").Trim();
        var lastWordStart = typed.LastIndexOf(' ') + 1;
        var lastWord = typed[lastWordStart..];
        // Quotes and a minus are operators of websearch_to_tsquery; a shorter prefix would match too much.
        var hasPrefix = lastWord.Length >= ShortestPrefix && lastWord[0] != '-' && !typed.Contains('"');
        return new SearchTerms(Like(typed), hasPrefix ? typed[..lastWordStart] : typed, hasPrefix ? Quote(lastWord) + ":*" : "");
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
