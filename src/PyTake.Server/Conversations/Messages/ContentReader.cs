using System.Text.Json;
using System.Text.Json.Nodes;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>
/// Reads a JSON object from a request and remembers the first thing that is wrong with it. From then on, and for missing fields, it
/// returns empty values, so that its callers need no branches.
/// </summary>
internal sealed class ContentReader
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly ContentReader _root;
    // Looking for a member would throw on half a surrogate pair in any member's name.
    private readonly bool _isUnreadable;

    public ContentReader(JsonElement content, string path) : this(content, path, null)
    {
        if (content.ValueKind != JsonValueKind.Object || Unstorable(content) is not { } problem) return;
        _isUnreadable = true;
        Report(path, problem);
    }

    private ContentReader(JsonElement content, string path, ContentReader? root)
    {
        (_object, _path, _root) = (content, path, root ?? this);
        if (content.ValueKind != JsonValueKind.Object)
            Report(path, content.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "is required" : "must be an object");
    }

    /// <summary>The first wrong field, anywhere in the object.</summary>
    public Refusal? Problem { get; private set; }

    public void Wrong(string name, string message) => Report(At(name), message);

    public string Text(string name, int shortest, int longest)
    {
        if (OptionalText(name, longest) is { } text)
        {
            if (shortest > 0 && string.IsNullOrWhiteSpace(text)) Wrong(name, "must not be empty");
            return text;
        }
        Wrong(name, "is required");
        return "";
    }

    public string? OptionalText(string name, int longest)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) Wrong(name, "must be text");
        else if (_root.Problem is null && value.TextOrNull() is { } text)
        {
            if (text.EnumerateRunes().Count() > longest) Wrong(name, $"has more than {longest} characters");
            return text;
        }
        return null;
    }

    public bool? Flag(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) Wrong(name, "must be true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    public double Number(string name, double least, double most)
    {
        var value = Find(name);
        if (value is null) Wrong(name, "is required");
        else if (value.Value.ValueKind != JsonValueKind.Number || !value.Value.TryGetDouble(out var number)) Wrong(name, "must be a number");
        else if (number >= least && number <= most) return number;
        else Wrong(name, $"must be from {least} to {most}");
        return 0;
    }

    /// <summary>A nested object; an empty one if it is missing.</summary>
    public ContentReader Object(string name) => new(Find(name) ?? default, At(name), _root);

    public ContentReader? OptionalObject(string name) => Find(name) is null ? null : Object(name);

    /// <summary>The objects of an array, whose length must be within these bounds.</summary>
    public IReadOnlyList<ContentReader> Array(string name, int fewest, int most)
    {
        if (OptionalArray(name, fewest, most) is { } items) return items;
        Wrong(name, "is required");
        return [];
    }

    /// <inheritdoc cref="Array"/>
    public IReadOnlyList<ContentReader>? OptionalArray(string name, int fewest, int most)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong(name, "must be a list");
            return [];
        }
        var length = value.GetArrayLength();
        if (length >= fewest && length <= most)
            return [.. value.EnumerateArray().Select((item, index) => new ContentReader(item, $"{At(name)}.{index}", _root))];
        Wrong(name, $"must have {fewest} to {most} items");
        return [];
    }

    /// <summary>A field's value, unchanged.</summary>
    public JsonNode? Raw(string name) => _root.Problem is null && Find(name) is { } value ? JsonSerializer.SerializeToNode(value) : null;

    /// <summary>The whole object, unchanged.</summary>
    public JsonObject Whole() => _root.Problem is null ? JsonObject.Create(_object)! : [];

    private JsonElement? Find(string name)
        => !_root._isUnreadable && _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string At(string name) => $"{_path}.{name}";

    private void Report(string path, string message) => _root.Problem ??= Refusal.Invalid(path, message);

    /// <summary>
    /// What in it PostgreSQL's jsonb does not accept, or does not give back as it was: NUL, half of a surrogate pair, a number that grows
    /// (<see cref="JsonNumbers"/>). In words for the user; null if there is nothing.
    /// </summary>
    /// <param name="at">Where it stands.</param>
    public static string? Unstorable(JsonElement content, string at = "")
    {
        string At(string inner) => at.Length == 0 ? inner : $"{at}.{inner}";
        switch (content.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in content.EnumerateObject())
                {
                    if (member.NameOrNull() is not { } name || name.Contains('\0')) return $"{At("a name")} has characters that cannot be stored";
                    if (Unstorable(member.Value, At(name)) is { } inside) return inside;
                }
                return null;
            case JsonValueKind.Array:
                foreach (var (index, item) in content.EnumerateArray().Index())
                    if (Unstorable(item, At($"{index}")) is { } inside) return inside;
                return null;
            case JsonValueKind.String:
                return content.TextOrNull() is { } text && !text.Contains('\0') ? null : $"{at} has characters that cannot be stored";
            case JsonValueKind.Number:
                return JsonNumbers.IsKept(content) ? null : $"{at} may have {JsonNumbers.Rule}";
            default:
                return null;
        }
    }
}
