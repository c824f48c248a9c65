using System.Text.Json;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>The line that the conversation list shows of a message.</summary>
internal static class MessagePreview
{
    private const int Length = 120;

    /// <summary>Its text, caption or title, truncated at a whole character; empty if it has none (the client shows the type).</summary>
    public static string Of(Message message)
    {
        using var content = message.Content.Parse();
        return Cut(Text(content.RootElement));
    }

    private static string Text(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Object) return "";
        foreach (var name in (ReadOnlySpan<string>)["text", "caption", "title", "name", "filename"])
            if (content.TryGetProperty(name, out var value) && value.TextOrNull() is { } text)
                return text;
        return "";
    }

    private static string Cut(string text)
    {
        if (text.Length <= Length) return text;
        var end = char.IsHighSurrogate(text[Length - 1]) ? Length - 1 : Length;
        return text[..end] + "…";
    }
}
