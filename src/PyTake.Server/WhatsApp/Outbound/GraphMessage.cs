using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Converts our message to Graph's format (WHATSAPP, section 7; contents: CONTRACT, section 4).</summary>
internal static class GraphMessage
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body of the request. Incomplete content is not an error here: Meta's refusal will say what is missing.</summary>
    /// <param name="metaIds">Meta's ids of the files that the content names by <c>media_id</c>.</param>
    /// <param name="trace">The attempt's span, where it is recorded.</param>
    public static byte[] Of(OutboundMessage message, IReadOnlyDictionary<string, string> metaIds, string? trace = null)
    {
        using var content = message.Content.Parse();
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("messaging_product", "whatsapp");
            json.WriteString("recipient_type", "individual");
            json.WriteString(CustomerId.IsUserId(message.Recipient!) ? "recipient" : "to", message.Recipient);
            json.WriteString("type", message.MessageType);
            json.WritePropertyName(message.MessageType);
            WriteContent(json, message, content.RootElement, metaIds);
            if (message.ReplyTo is not null && message.MessageType != MessageType.Reaction) WriteContext(json, message.ReplyTo);
            json.WriteString("biz_opaque_callback_data", CallbackData.Of(message.MessageId, trace));
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The files that the content names by <c>media_id</c>: its own, or those of a template's header.</summary>
    public static IReadOnlyList<string> MediaIdsOf(OutboundMessage message)
    {
        using var content = message.Content.Parse();
        if (IsMedia(message.MessageType)) return OwnId(content.RootElement) is { } own ? [own] : [];
        if (message.MessageType != MessageType.Template || !content.RootElement.TryGetProperty("components", out var components)) return [];
        return [.. Elements(components).SelectMany(c => c.ValueKind == JsonValueKind.Object && c.TryGetProperty("parameters", out var p) ? Elements(p) : [])
            .Select(FileOf).OfType<JsonElement>().Select(OwnId).OfType<string>().Distinct()];
    }

    private static void WriteContent(Utf8JsonWriter json, OutboundMessage message, JsonElement content, IReadOnlyDictionary<string, string> metaIds)
    {
        switch (message.MessageType)
        {
            case MessageType.Text:
                json.WriteStartObject();
                Copy(json, content, "text", "body");
                Copy(json, content, "preview_url");
                json.WriteEndObject();
                break;
            case MessageType.Image or MessageType.Video or MessageType.Audio or MessageType.Document or MessageType.Sticker:
                WriteMedia(json, message.MessageType, content, metaIds);
                break;
            case MessageType.Template:
                WriteTemplate(json, content, metaIds);
                break;
            case MessageType.Contacts when content.ValueKind == JsonValueKind.Object && content.TryGetProperty("contacts", out var contacts):
                contacts.WriteTo(json);
                break;
            case MessageType.Reaction:
                WriteReaction(json, message, content);
                break;
            default:
                content.WriteTo(json);
                break;
        }
    }

    private static void WriteMedia(Utf8JsonWriter json, string type, JsonElement content, IReadOnlyDictionary<string, string> metaIds)
    {
        json.WriteStartObject();
        if (OwnId(content) is { } own) json.WriteString("id", metaIds[own]);
        else Copy(json, content, "url", "link");
        // Graph refuses a caption or a file name for a type that has none.
        if (type is MessageType.Image or MessageType.Video or MessageType.Document) Copy(json, content, "caption");
        if (type is MessageType.Document) Copy(json, content, "filename");
        if (type is MessageType.Audio) Copy(json, content, "voice");
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, JsonElement content, IReadOnlyDictionary<string, string> metaIds)
    {
        json.WriteStartObject();
        Copy(json, content, "name");
        json.WriteStartObject("language");
        Copy(json, content, "language", "code");
        json.WriteEndObject();
        if (metaIds.Count == 0) Copy(json, content, "components");
        else
        {
            json.WritePropertyName("components");
            WriteWithIds(json, content.GetProperty("components"), metaIds);
        }
        json.WriteEndObject();
    }

    // As it is, but a file of ours by Meta's id.
    private static void WriteWithIds(Utf8JsonWriter json, JsonElement value, IReadOnlyDictionary<string, string> metaIds)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    if (member.Name == "media_id" && member.Value.TextOrNull() is { } own && metaIds.TryGetValue(own, out var metaId)) json.WriteString("id", metaId);
                    else
                    {
                        json.WritePropertyName(member.Name);
                        WriteWithIds(json, member.Value, metaIds);
                    }
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var element in value.EnumerateArray()) WriteWithIds(json, element, metaIds);
                json.WriteEndArray();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private static JsonElement? FileOf(JsonElement parameter)
        => parameter.ValueKind == JsonValueKind.Object && parameter.TryGetProperty("type", out var type) && type.TextOrNull() is { } name
            && parameter.TryGetProperty(name, out var file) && file.ValueKind == JsonValueKind.Object
            ? file
            : null;

    private static string? OwnId(JsonElement content) => content.TryGetProperty("media_id", out var id) ? id.TextOrNull() : null;

    private static JsonElement[] Elements(JsonElement list) => list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    // The target is the message it replies to, or else the content's message_id. Without an emoji the reaction is removed.
    private static void WriteReaction(Utf8JsonWriter json, OutboundMessage message, JsonElement content)
    {
        json.WriteStartObject();
        if (message.ReplyTo is not null) json.WriteString("message_id", message.ReplyTo);
        else Copy(json, content, "message_id");
        if (!Copy(json, content, "emoji")) json.WriteString("emoji", "");
        json.WriteEndObject();
    }

    private static void WriteContext(Utf8JsonWriter json, string wamid)
    {
        json.WriteStartObject("context");
        json.WriteString("message_id", wamid);
        json.WriteEndObject();
    }

    private static bool Copy(Utf8JsonWriter json, JsonElement content, string name, string? graphName = null)
    {
        if (content.ValueKind != JsonValueKind.Object || !content.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return false;
        json.WritePropertyName(graphName ?? name);
        value.WriteTo(json);
        return true;
    }

    private static bool IsMedia(string type)
        => type is MessageType.Image or MessageType.Video or MessageType.Audio or MessageType.Document or MessageType.Sticker;
}
