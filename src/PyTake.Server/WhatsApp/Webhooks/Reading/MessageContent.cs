using System.Globalization;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// The shape of a received message's content, the same as for sending where both exist: text {text}; image, video, audio, document and
/// sticker {media_id, mime_type, sha256, caption?, filename?, voice?, animated?}; location {latitude, longitude, name?, address?, url?};
/// contacts {contacts: […]}; template {name, language, components?}; button {text, payload?}; interactive {type, title?, id?, description?, …} with Meta's reply object;
/// order {catalog_id, text?, product_items}; unsupported {type?, code?, title?}; an unknown type: Meta's object of that name as it is.
/// </summary>
public static class MessageContent
{
    /// <summary>Whether messages of this type have a file at Meta.</summary>
    internal static bool IsMedia(string type) => type is "image" or "video" or "audio" or "document" or "sticker";

    /// <summary>Our type for Meta's, which has several for messages that it cannot deliver.</summary>
    internal static string TypeOf(string? metaType) => metaType is null or "unknown" or "errors" ? "unsupported" : metaType;

    /// <summary>The content of a message of this type. Missing members are left out, except for text, which is then empty.</summary>
    internal static RawJson Read(string type, JsonElement message)
    {
        var content = message.Get(type);
        return JsonText.Object(writer =>
        {
            if (IsMedia(type)) WriteMedia(writer, content);
            else if (type == "text") writer.WriteString("text", content.Text("body") ?? "");
            else if (type == "location") WriteLocation(writer, content);
            else if (type == "contacts") WriteContacts(writer, content);
            else if (type == "interactive") WriteInteractive(writer, content);
            else if (type == "template") WriteTemplate(writer, content);
            else if (type == "unsupported") WriteUnsupported(writer, content, message.Get("errors").First());
            else WriteAsItIs(writer, content);
        });
    }

    private static void WriteMedia(Utf8JsonWriter writer, JsonElement media)
    {
        writer.WriteStringIfAny("media_id", media.Id("id"));
        writer.WriteStringIfAny("url", media.Words("link"));
        foreach (var name in (ReadOnlySpan<string>)["mime_type", "sha256", "caption", "filename"])
            writer.WriteStringIfAny(name, media.Words(name));
        foreach (var name in (ReadOnlySpan<string>)["voice", "animated"])
            if (media.Get(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag)
                writer.WriteBoolean(name, flag.GetBoolean());
    }

    // Only what somebody else sent has one, in the form of the request to send it.
    private static void WriteTemplate(Utf8JsonWriter writer, JsonElement template)
    {
        writer.WriteStringIfAny("name", template.Words("name"));
        writer.WriteStringIfAny("language", template.Words("language") ?? template.Get("language").Words("code"));
        if (template.Get("components").ValueKind != JsonValueKind.Array) return;
        writer.WritePropertyName("components");
        template.Get("components").CopyTo(writer);
    }

    // The coordinates are numbers, which Meta also spells as strings.
    private static void WriteLocation(Utf8JsonWriter writer, JsonElement location)
    {
        if (location.ValueKind != JsonValueKind.Object)
        {
            WriteAsItIs(writer, location);
            return;
        }
        foreach (var member in location.EnumerateObject())
            if ((member.Is("latitude") || member.Is("longitude")) && Coordinate(member.Value) is { } degrees) writer.WriteNumber(member.MendedName(), degrees);
            else member.CopyTo(writer);
    }

    private static decimal? Coordinate(JsonElement value) => value.ValueKind == JsonValueKind.String
        && decimal.TryParse(value.Text(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var degrees)
            ? degrees
            : null;

    private static void WriteContacts(Utf8JsonWriter writer, JsonElement contacts)
    {
        writer.WriteStartArray("contacts");
        foreach (var contact in contacts.Elements()) contact.CopyTo(writer);
        writer.WriteEndArray();
    }

    /// <summary>Copies the choice out of the reply, so that it is in one place for all kinds of interactive messages.</summary>
    private static void WriteInteractive(Utf8JsonWriter writer, JsonElement interactive)
    {
        var type = interactive.Words("type");
        var reply = type is null ? default : interactive.Get(type);
        writer.WriteStringIfAny("type", type);
        writer.WriteStringIfAny("title", reply.Words("title") ?? reply.Words("body") ?? interactive.Words("title"));
        writer.WriteStringIfAny("id", reply.Words("id") ?? interactive.Words("id"));
        writer.WriteStringIfAny("description", reply.Words("description") ?? interactive.Words("description"));
        if (interactive.ValueKind != JsonValueKind.Object) return;
        foreach (var member in interactive.EnumerateObject())
            if (!member.Is("type") && !member.Is("title") && !member.Is("id") && !member.Is("description")) member.CopyTo(writer);
    }

    private static void WriteUnsupported(Utf8JsonWriter writer, JsonElement unsupported, JsonElement error)
    {
        writer.WriteStringIfAny("type", unsupported.Words("type"));
        if (error.Get("code") is { ValueKind: JsonValueKind.Number or JsonValueKind.String } code)
        {
            writer.WritePropertyName("code");
            code.CopyTo(writer);
        }
        writer.WriteStringIfAny("title", error.Words("title") ?? error.Words("message"));
    }

    private static void WriteAsItIs(Utf8JsonWriter writer, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in content.EnumerateObject()) member.CopyTo(writer);
        }
        else if (content.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
        {
            writer.WritePropertyName("value");
            content.CopyTo(writer);
        }
    }
}
