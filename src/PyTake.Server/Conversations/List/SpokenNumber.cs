using System.Globalization;

namespace PyTake.Conversations;

/// <summary>
/// A phone number, or a part of one, as people say and type it: +55 (11) 98888-7777, 011 8888-7777, 0 15 11 98888-7777, 98888-7777. It is looked for in
/// WhatsApp's form of numbers, which begins with the country and may lack Brazil's ninth digit, or have the 1 or 9 that Mexico and Argentina dropped
/// (WHATSAPP, section 6).
/// </summary>
internal sealed class SpokenNumber
{
    private const int AreaLength = 2;
    private const int Shortest = 3;
    private readonly string _digits;

    private SpokenNumber(string digits) => _digits = digits;

    /// <summary>Reads what has at least three digits, and otherwise only what stands between digits; null for any other text.</summary>
    public static SpokenNumber? Read(string typed)
    {
        if (!typed.All(c => char.IsAsciiDigit(c) || StandsBetween(c))) return null;
        var digits = string.Concat(typed.Where(char.IsAsciiDigit));
        return digits.Length >= Shortest ? new(digits) : null;
    }

    /// <summary>Like patterns for a text in which numbers stand after a blank, in WhatsApp's form: the digits anywhere, or another way to say them at its beginning.</summary>
    public string[] Patterns()
    {
        var dialled = _digits.TrimStart('0');
        var patterns = new HashSet<string> { $"%{_digits}%" };
        if (dialled.Length < Shortest) return [.. patterns];
        patterns.Add($"%{dialled}%");
        patterns.UnionWith(InBrazil(dialled));
        // A trunk 0 may be followed by the two digits of a carrier.
        if (dialled.Length is 12 or 13 && dialled.Length < _digits.Length) patterns.UnionWith(InBrazil(dialled[2..]).Append($"% 55{dialled[2..]}%"));
        patterns.UnionWith(Abroad(dialled, "52", "1"));
        patterns.UnionWith(Abroad(dialled, "54", "9"));
        return [.. patterns];
    }

    // Only mobile numbers, whose eight digits begin with 6 to 9, ever had the ninth.
    private static IEnumerable<string> InBrazil(string number)
    {
        if (number.StartsWith("55", StringComparison.Ordinal))
            foreach (var pattern in WithArea(number[2..]))
                yield return pattern;
        foreach (var pattern in WithArea(number)) yield return pattern;
        // Without an area code: 98888-7777 as 8888-7777.
        if (number is ['9', >= '6' and <= '9', _, _, _, _, _, _, _]) yield return $"%{number[1..]}%";
    }

    private static IEnumerable<string> WithArea(string national)
    {
        if (national.Length <= AreaLength || national[0] == '0' || national[1] == '0') yield break;
        var (area, local) = (national[..AreaLength], national[AreaLength..]);
        if (local is [>= '6' and <= '9', ..] && local.Length <= 8) yield return $"% 55{area}9{local}%";
        if (local is ['9', >= '6' and <= '9', ..] && local.Length <= 9) yield return $"% 55{area}{local[1..]}%";
    }

    private static IEnumerable<string> Abroad(string number, string country, string mobile)
    {
        if (!number.StartsWith(country, StringComparison.Ordinal) || number.Length <= country.Length + 1) yield break;
        var national = number[country.Length..];
        yield return national.StartsWith(mobile, StringComparison.Ordinal) ? $"% {country}{national[1..]}%" : $"% {country}{mobile}{national}%";
    }

    // With what comes along when a number is copied: blanks that do not break, dashes of all lengths, marks of direction.
    private static bool StandsBetween(char c) => c is '+' or '(' or ')' or '.' or '/' || CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.DashPunctuation or UnicodeCategory.SpaceSeparator or UnicodeCategory.Format or UnicodeCategory.Control;
}
