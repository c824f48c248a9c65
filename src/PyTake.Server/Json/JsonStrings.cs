using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PyTake.Json;

/// <summary>
/// Reads strings of untrusted JSON. The parser accepts unpaired surrogates and invalid UTF-8, but <see cref="JsonElement.GetString"/> throws
/// on them. These methods never throw: they return null or a repaired text.
/// </summary>
internal static class JsonStrings
{
    /// <summary>A string's text; null for every other kind of value, and for a malformed string.</summary>
    public static string? TextOrNull(this JsonElement value)
        => value.ValueKind == JsonValueKind.String ? TextOrNull(JsonMarshal.GetRawUtf8Value(value)[1..^1]) : null;

    /// <summary>The same for a reader's current token; its input must be a single span.</summary>
    public static string? TextOrNull(this in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? TextOrNull(reader.ValueSpan) : null;

    /// <summary>A member's name; null if it is malformed.</summary>
    public static string? NameOrNull(this JsonProperty member) => TextOrNull(JsonMarshal.GetRawUtf8PropertyName(member));

    /// <summary>Whether no member's name in it is malformed, at any depth.</summary>
    public static bool HasProperNames(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().All(member => member.NameOrNull() is not null && member.Value.HasProperNames()),
        JsonValueKind.Array => value.EnumerateArray().All(HasProperNames),
        _ => true,
    };

    /// <summary>A string's text with U+FFFD for malformed parts and without NUL, which PostgreSQL refuses; null for every other kind of value.</summary>
    public static string? MendedText(this JsonElement value)
        => value.ValueKind == JsonValueKind.String ? MendedText(JsonMarshal.GetRawUtf8Value(value)[1..^1]) : null;

    /// <summary>A member's name, repaired in the same way.</summary>
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
        // Invalid UTF-8 becomes U+FFFD here.
        var text = Encoding.UTF8.GetString(raw);
        if (!text.Contains('\\')) return text;
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++) result.Append(text[at] == '\\' ? Escaped(text, ref at) : text[at]);
        return result.ToString();
    }

    /// <summary>The character for the escape sequence at this position, which the parser has already checked.</summary>
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
