using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Writes JSON objects that are passed on as text.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static RawJson Object(Action<Utf8JsonWriter> members)
    {
        var text = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(text, Options);
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
        writer.Flush();
        return new(Encoding.UTF8.GetString(text.WrittenSpan));
    }

    public static void WriteStringIfAny(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null) writer.WriteString(name, value);
    }
}
