using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Reads untrusted JSON: values that are absent or of another kind read as nothing, and strings are repaired (<see cref="JsonStrings"/>).
/// </summary>
internal static class JsonReading
{
    // PostgreSQL's index entries have 2,700 bytes at most; Meta's longest ids have about 255 characters.
    private const int LongestId = 512;

    /// <summary>A member's value, the last one if there are several; undefined if there is none.</summary>
    public static JsonElement Get(this JsonElement element, string name)
    {
        var found = default(JsonElement);
        if (element.ValueKind != JsonValueKind.Object) return found;
        foreach (var member in element.EnumerateObject())
            if (member.Is(name)) found = member.Value;
        return found;
    }

    /// <summary>Whether a member has this name; a name spelled with escapes does not match.</summary>
    public static bool Is(this JsonProperty member, string name)
        => Ascii.Equals(JsonMarshal.GetRawUtf8PropertyName(member), name);

    /// <summary>The elements of an array; none for anything else.</summary>
    public static JsonElement.ArrayEnumerator Elements(this JsonElement element)
        => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : default;

    /// <summary>The elements of an array that is a member; of all of them, if there are several of that name.</summary>
    public static IEnumerable<JsonElement> ElementsOf(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object) yield break;
        foreach (var member in element.EnumerateObject())
            if (member.Is(name))
                foreach (var inner in member.Value.Elements()) yield return inner;
    }

    public static JsonElement First(this JsonElement element)
        => element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0 ? element[0] : default;

    /// <summary>A string or number as text; null for anything else.</summary>
    public static string? Text(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.MendedText(),
        JsonValueKind.Number => Encoding.ASCII.GetString(JsonMarshal.GetRawUtf8Value(element)),
        _ => null,
    };

    public static string? Text(this JsonElement element, string name) => element.Get(name).Text();

    /// <summary>A text that is not blank; null if it is absent, empty or blank.</summary>
    public static string? Words(this JsonElement element, string name)
        => element.Text(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>A text that can be a key; null if it is absent, blank or longer than any id.</summary>
    public static string? Id(this JsonElement element, string name)
        => element.Words(name) is { Length: <= LongestId } id ? id : null;

    /// <summary>Copies a value into a document that PostgreSQL will accept as jsonb.</summary>
    public static void CopyTo(this JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject()) member.CopyTo(writer);
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var inner in element.EnumerateArray()) inner.CopyTo(writer);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(element.Text());
                break;
            case JsonValueKind.Number when !JsonNumbers.IsKept(element):
                writer.WriteStringValue(element.Text());
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    public static void CopyTo(this JsonProperty member, Utf8JsonWriter writer)
    {
        writer.WritePropertyName(member.MendedName());
        member.Value.CopyTo(writer);
    }
}
