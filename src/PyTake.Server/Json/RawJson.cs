using System.Text.Json;
using System.Text.Json.Serialization;

namespace PyTake.Json;

/// <summary>A JSON value that is passed through unparsed, from a request or a jsonb column to a client.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct RawJson(string Text)
{
    /// <summary>{}</summary>
    public static readonly RawJson EmptyObject = new("{}");

    /// <summary>[]</summary>
    public static readonly RawJson EmptyArray = new("[]");

    /// <summary>Serializes a value with the options of <see cref="Wire"/>.</summary>
    public static RawJson Of<T>(T value) => new(JsonSerializer.Serialize(value, Wire.Options));

    /// <summary>Parses the value; the caller disposes the document.</summary>
    public JsonDocument Parse() => JsonDocument.Parse(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;

    internal sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            // Everything that looks for a member by its name would throw on half a surrogate pair in any of them.
            return document.RootElement.HasProperNames() ? new(document.RootElement.GetRawText()) : throw new JsonException();
        }

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
            => writer.WriteRawValue(value.Text ?? "null", skipInputValidation: true);
    }
}
