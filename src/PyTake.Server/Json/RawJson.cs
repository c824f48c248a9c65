using System.Text.Json;
using System.Text.Json.Serialization;

namespace PyTake.Json;

/// <summary>A JSON value that is carried as it is, from a request or a jsonb column to a client, without being read.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct RawJson(string Text)
{
    /// <summary>{}</summary>
    public static readonly RawJson EmptyObject = new("{}");

    /// <summary>[]</summary>
    public static readonly RawJson EmptyArray = new("[]");

    /// <summary>A value as everything here spells it.</summary>
    public static RawJson Of<T>(T value) => new(JsonSerializer.Serialize(value, Wire.Options));

    /// <summary>The value as a document to read; the caller disposes it.</summary>
    public JsonDocument Parse() => JsonDocument.Parse(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;

    internal sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return new(document.RootElement.GetRawText());
        }

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
            => writer.WriteRawValue(value.Text ?? "null", skipInputValidation: true);
    }
}
