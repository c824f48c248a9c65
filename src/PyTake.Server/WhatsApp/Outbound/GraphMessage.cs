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
    /// <param name="mediaId">Meta's id of the media that the content names by <c>media_id</c>.</param>
    /// <param name="trace">The attempt's span, where it is recorded.</param>
    public static byte[] Of(OutboundMessage message, string? mediaId, string? trace = null)
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
            WriteContent(json, message, content.RootElement, mediaId);
            if (message.ReplyTo is not null && message.MessageType != MessageType.Reaction) WriteContext(json, message.ReplyTo);
            json.WriteString("biz_opaque_callback_data", CallbackData.Of(message.MessageId, trace));
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The content's <c>media_id</c>; null if it does not name its media by one.</summary>
    public static string? MediaIdOf(OutboundMessage message)
    {
        if (!IsMedia(message.MessageType)) return null;
        using var content = message.Content.Parse();
        return content.RootElement.TryGetProperty("media_id", out var id) ? id.TextOrNull() : null;
    }

    private static void WriteContent(Utf8JsonWriter json, OutboundMessage message, JsonElement content, string? mediaId)
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
                WriteMedia(json, message.MessageType, content, mediaId);
                break;
            case MessageType.Template:
                WriteTemplate(json, content);
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

    private static void WriteMedia(Utf8JsonWriter json, string type, JsonElement content, string? mediaId)
    {
        json.WriteStartObject();
        if (mediaId is not null) json.WriteString("id", mediaId);
        else Copy(json, content, "url", "link");
        // Graph refuses a caption or a file name for a type that has none.
        if (type is MessageType.Image or MessageType.Video or MessageType.Document) Copy(json, content, "caption");
        if (type is MessageType.Document) Copy(json, content, "filename");
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, JsonElement content)
    {
        json.WriteStartObject();
        Copy(json, content, "name");
        json.WriteStartObject("language");
        Copy(json, content, "language", "code");
        json.WriteEndObject();
        Copy(json, content, "components");
        json.WriteEndObject();
    }

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
