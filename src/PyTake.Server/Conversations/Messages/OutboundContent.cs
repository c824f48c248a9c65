using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>Checks the content of outbound messages: CONTRACT, section 4, within WhatsApp's limits (WHATSAPP, section 7).</summary>
internal static partial class OutboundContent
{
    public const int LongestText = 4096;
    public const int LongestCaption = 1024;

    /// <summary>Checks a message's content and drops the fields that WhatsApp does not know.</summary>
    /// <returns>The content to store, or which field is wrong and why.</returns>
    public static Outcome<JsonObject> Read(string? type, JsonElement content)
    {
        // Graph's contacts are an array, while the content of every other type is an object.
        if (type == MessageType.Contacts && content.ValueKind == JsonValueKind.Array) content = Wrapped("contacts", content);
        var fields = new ContentReader(content, "content");
        var read = type switch
        {
            MessageType.Text => Text(fields),
            MessageType.Image or MessageType.Video => Media(fields, captioned: true),
            MessageType.Document => Media(fields, captioned: true, named: true),
            MessageType.Audio => Media(fields, captioned: false, voiced: true),
            MessageType.Sticker => Media(fields, captioned: false),
            MessageType.Template => Template(fields),
            MessageType.Location => Location(fields),
            MessageType.Contacts => Contacts(fields),
            MessageType.Interactive => InteractiveContent.Read(fields),
            MessageType.Reaction => Reaction(fields),
            _ => null,
        };
        if (read is null) return Refusal.Invalid("message_type", type is null ? "is required" : "is not a type that can be sent");
        return fields.Problem is { } problem ? problem : read;
    }

    private static JsonObject Text(ContentReader fields) => new JsonObject
    {
        ["text"] = fields.Text("text", 1, LongestText),
    }.With("preview_url", fields.Flag("preview_url"));

    private static JsonObject Media(ContentReader fields, bool captioned, bool named = false, bool voiced = false)
    {
        var (url, id) = (fields.OptionalText("url", 2048), fields.OptionalText("media_id", 256));
        if (url is null == id is null) fields.Wrong("url", "give either url or media_id");
        if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            fields.Wrong("url", "must be an http or https address");
        return new JsonObject()
            .With("url", url).With("media_id", id)
            .With("caption", captioned ? fields.OptionalText("caption", LongestCaption) : null)
            .With("filename", named ? fields.OptionalText("filename", 240) : null)
            .With("voice", voiced ? fields.Flag("voice") : null);
    }

    private static JsonObject Template(ContentReader fields)
    {
        var (name, language) = (fields.Text("name", 1, 512), fields.Text("language", 1, 20));
        if (!TemplateName().IsMatch(name)) fields.Wrong("name", "has only lower-case letters, digits and underscores");
        if (!Language().IsMatch(language)) fields.Wrong("language", "is a code like pt_BR");
        var components = fields.OptionalArray("components", 0, 20);
        foreach (var component in components ?? []) component.Text("type", 1, 20);
        return new JsonObject { ["name"] = name, ["language"] = language }
            .With("components", fields.Raw("components"))
            .With("rendered", fields.OptionalObject("rendered") is { } words ? Rendered(words) : null);
    }

    // The words that the customer reads, as whoever filled the template in saw them: for the conversation and for searches. WhatsApp is not sent them.
    private static JsonObject Rendered(ContentReader fields)
    {
        var buttons = fields.Raw("buttons");
        if (buttons is not (null or JsonArray { Count: <= 10 }) || buttons?.AsArray().All(b => b?.GetValueKind() == JsonValueKind.String) is false)
            fields.Wrong("buttons", "must be at most 10 texts");
        return new JsonObject { ["body"] = fields.Text("body", 1, LongestText) }
            .With("header", fields.OptionalText("header", LongestCaption))
            .With("footer", fields.OptionalText("footer", LongestCaption))
            .With("buttons", buttons);
    }

    private static JsonObject Location(ContentReader fields) => new JsonObject
    {
        ["latitude"] = fields.Number("latitude", -90, 90),
        ["longitude"] = fields.Number("longitude", -180, 180),
    }.With("name", fields.OptionalText("name", 1000)).With("address", fields.OptionalText("address", 1000));

    private static JsonObject Contacts(ContentReader fields)
    {
        foreach (var contact in fields.Array("contacts", 1, 100))
            contact.Object("name").Text("formatted_name", 1, 1000);
        return new JsonObject().With("contacts", fields.Raw("contacts"));
    }

    private static JsonObject Reaction(ContentReader fields)
    {
        var (target, emoji) = (fields.Text("message_id", 1, 256), fields.OptionalText("emoji", 64) ?? "");
        if (emoji.Length > 0 && (new StringInfo(emoji).LengthInTextElements != 1 || emoji.All(char.IsAscii)))
            fields.Wrong("emoji", "is one emoji, or empty to take it back");
        return new JsonObject { ["message_id"] = target, ["emoji"] = emoji };
    }

    private static JsonElement Wrapped(string name, JsonElement value)
        => JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { [name] = value });

    private static JsonObject With(this JsonObject content, string name, JsonNode? value)
    {
        if (value is not null) content[name] = value;
        return content;
    }

    [GeneratedRegex("^[a-z0-9_]+\\z")]
    private static partial Regex TemplateName();

    [GeneratedRegex("^[a-z]{2,3}(_[A-Za-z]{2,4})?\\z")]
    private static partial Regex Language();
}
