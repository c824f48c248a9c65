using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PyTake.Json;

/// <summary>
/// Reads the strings of JSON that anybody may have written. Half of a surrogate pair and bytes that are no UTF-8 pass the parser and are no
/// text: <see cref="JsonElement.GetString"/> throws on them. Here they are either no text or mended, and nothing throws.
/// </summary>
internal static class JsonStrings
{
    /// <summary>A string's text; null for every other kind of value, and for a string that is no text.</summary>
    public static string? TextOrNull(this JsonElement value)
        => value.ValueKind == JsonValueKind.String ? TextOrNull(JsonMarshal.GetRawUtf8Value(value)[1..^1]) : null;

    /// <summary>The same for the string that a reader stands at, whose input is one span.</summary>
    public static string? TextOrNull(this in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? TextOrNull(reader.ValueSpan) : null;

    /// <summary>A member's name; null where it is no text.</summary>
    public static string? NameOrNull(this JsonProperty member) => TextOrNull(JsonMarshal.GetRawUtf8PropertyName(member));

    /// <summary>A string's text with U+FFFD for what is none, and without NUL, which PostgreSQL refuses; null for every other kind of value.</summary>
    public static string? MendedText(this JsonElement value)
        => value.ValueKind == JsonValueKind.String ? MendedText(JsonMarshal.GetRawUtf8Value(value)[1..^1]) : null;

    /// <summary>A member's name, mended in the same way.</summary>
    public static string MendedName(this JsonProperty member) => MendedText(JsonMarshal.GetRawUtf8PropertyName(member));

    private static string? TextOrNull(ReadOnlySpan<byte> raw)
        => Utf8.IsValid(raw) && Unescaped(raw) is var text && IsWellFormed(text) ? text : null;

    private static string MendedText(ReadOnlySpan<byte> raw)
    {
        var text = Unescaped(raw).Replace("\0", "", StringComparison.Ordinal);
        return IsWellFormed(text) ? text : string.Concat(text.EnumerateRunes());
    }

    private static string Unescaped(ReadOnlySpan<byte> raw)
    {
        // Bytes that are no UTF-8 become U+FFFD here.
        var text = Encoding.UTF8.GetString(raw);
        if (!text.Contains('\\')) return text;
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++) result.Append(text[at] == '\\' ? Escaped(text, ref at) : text[at]);
        return result.ToString();
    }

    /// <summary>The character that the escape at this place stands for; the parser has seen to it that it is complete.</summary>
    private static char Escaped(string text, ref int at)
    {
        switch (text[++at])
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'u':
                at += 4;
                return (char)Convert.ToUInt16(text.Substring(at - 3, 4), 16);
            default: return text[at];
        }
    }

    private static bool IsWellFormed(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at])) continue;
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])) return false;
            at++;
        }
        return true;
    }
}
