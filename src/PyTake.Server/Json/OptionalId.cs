using System.Text.Json;
using System.Text.Json.Serialization;

namespace PyTake.Json;

/// <summary>An id in a request: null means none, and a missing one means unchanged.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct OptionalId(bool IsSet, Guid? Id)
{
    internal sealed class Converter : JsonConverter<OptionalId>
    {
        public override bool HandleNull => true;

        public override OptionalId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => new(true, reader.TokenType == JsonTokenType.Null ? null
                : reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var id) ? id
                : throw new JsonException());

        public override void Write(Utf8JsonWriter writer, OptionalId value, JsonSerializerOptions options)
        {
            if (value.Id is { } id) writer.WriteStringValue(id);
            else writer.WriteNullValue();
        }
    }
}
