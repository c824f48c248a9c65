using System.Globalization;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>The line that the conversation list shows of a message.</summary>
internal static class MessagePreview
{
    private const int Length = 120;

    /// <summary>Its text, caption or title, cut between two characters as people see them; empty if it has none (the client shows the type).</summary>
    public static string Of(Message message) => Of(message.Content);

    /// <inheritdoc cref="Of(Message)"/>
    public static string Of(RawJson messageContent)
    {
        using var content = messageContent.Parse();
        return Cut(Text(content.RootElement));
    }

    private static string Text(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Object) return "";
        if (content.TryGetProperty("rendered", out var rendered) && rendered.ValueKind == JsonValueKind.Object
            && rendered.TryGetProperty("body", out var body) && body.TextOrNull() is { } words) return words;
        foreach (var name in (ReadOnlySpan<string>)["text", "caption", "title", "name", "filename"])
            if (content.TryGetProperty(name, out var value) && value.TextOrNull() is { } text)
                return text;
        return "";
    }

    // An emoji of several code points (a flag, a family, a skin tone) is one grapheme cluster (Unicode UAX #29). A cluster can be of any length, so one that
    // alone is too long is cut at a code point.
    private static string Cut(string text)
    {
        if (text.Length <= Length) return text;
        var end = 0;
        while (StringInfo.GetNextTextElementLength(text, end) is var next && end + next <= Length) end += next;
        if (end == 0) end = char.IsHighSurrogate(text[Length - 1]) ? Length - 1 : Length;
        return text[..end] + "…";
    }
}
