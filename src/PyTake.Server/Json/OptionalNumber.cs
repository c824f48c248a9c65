using System.Text.Json;
using System.Text.Json.Serialization;

namespace PyTake.Json;

/// <summary>A whole number in a request: null means none, and a missing one means unchanged.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct OptionalNumber(bool IsSet, int? Number)
{
    internal sealed class Converter : JsonConverter<OptionalNumber>
    {
        public override bool HandleNull => true;

        public override OptionalNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => new(true, reader.TokenType == JsonTokenType.Null ? null
                : reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number
                : throw new JsonException());

        public override void Write(Utf8JsonWriter writer, OptionalNumber value, JsonSerializerOptions options)
        {
            if (value.Number is { } number) writer.WriteNumberValue(number);
            else writer.WriteNullValue();
        }
    }
}
