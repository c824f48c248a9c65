using System.Text.Json;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Media;
using PyTake.Simulator.Templates;

namespace PyTake.Simulator.Messages;

/// <summary>
/// Refuses what the Cloud API refuses at once: 100 for the request itself, 131008 for a missing part of a message,
/// 131009 for a wrong one, 132xxx for templates. What WhatsApp finds out later (a closed 24-hour window, a number
/// without WhatsApp) is reported by a status.
/// </summary>
internal sealed class MessageCheck(MediaStore media, TemplateCatalog templates)
{
    private const int MaxText = 4096;
    private const int MaxCaption = 1024;
    private const int MaxCallbackData = 512;

    /// <summary>The error in a request; null if it is valid.</summary>
    public GraphError? Run(JsonElement body, Recipient? recipient) =>
        Product(body) ?? (IsMarkAsRead(body)
            ? MarkAsRead(body)
            : Address(body, recipient) ?? Extras(body) ?? Content(body, recipient!));

    /// <summary>A request with a status sends nothing: it marks a customer's message as read.</summary>
    public static bool IsMarkAsRead(JsonElement body) => body.Member("status") is not null;

    private static GraphError? Product(JsonElement body) =>
        body.ValueKind != JsonValueKind.Object ? GraphError.BadParameter("The request body must be a JSON object")
        : body.Member("messaging_product") is not { } product
            ? GraphError.BadParameter("The parameter messaging_product is required.")
        : product.ValueKind == JsonValueKind.String && product.ValueEquals("whatsapp") ? null
        : GraphError.BadParameter($"Param messaging_product must be one of {{WHATSAPP}} - got {product}.");

    private static GraphError? MarkAsRead(JsonElement body) =>
        body.Text("status") != "read" ? GraphError.Invalid("status must be read")
        : string.IsNullOrEmpty(body.Text("message_id"))
            ? GraphError.BadParameter("The parameter message_id is required.")
        : body.Member("typing_indicator") is { } typing && typing.Text("type") != "text"
            ? GraphError.Invalid("typing_indicator['type'] must be text")
        : null;

    private static GraphError? Address(JsonElement body, Recipient? recipient) =>
        body.Member("recipient_type") is { } type && type.ToString() is not ("individual" or "group")
            ? GraphError.BadParameter($"Param recipient_type must be one of {{INDIVIDUAL, GROUP}} - got {type}.")
        : body.Member("to") is null && body.Member("recipient") is null
            ? GraphError.BadParameter("The parameter to is required.")
        : recipient is null ? GraphError.Invalid("The recipient is neither a phone number nor a user id")
        : null;

    private static GraphError? Extras(JsonElement body) =>
        body.Member("biz_opaque_callback_data") is { } data
            && (data.ValueKind != JsonValueKind.String || data.GetString()!.Length > MaxCallbackData)
            ? GraphError.BadParameter(
                $"Param biz_opaque_callback_data must be at most {MaxCallbackData} characters long.")
        : body.Member("context") is { } context && string.IsNullOrEmpty(context.Text("message_id"))
            ? GraphError.Missing("context['message_id'] is missing")
        : null;

    private GraphError? Content(JsonElement body, Recipient recipient)
    {
        var type = OutboundMessage.TypeOf(body);
        return body.Member(type) is not { } content ? GraphError.BadParameter($"The parameter {type} is required.")
            : type switch
            {
                "text" => Text(content),
                "image" or "video" or "audio" or "document" or "sticker" => Media(type, content),
                "location" => Location(content),
                "contacts" => Contacts(content),
                "reaction" => Reaction(content),
                "interactive" => InteractiveCheck.Run(content),
                "template" => templates.Check(content, recipient),
                _ => GraphError.BadParameter($"Param type must be one of {{TEXT, IMAGE, VIDEO, AUDIO, DOCUMENT, "
                    + $"STICKER, LOCATION, CONTACTS, REACTION, INTERACTIVE, TEMPLATE}} - got {type}."),
            };
    }

    private static GraphError? Text(JsonElement text) =>
        string.IsNullOrEmpty(text.Text("body")) ? GraphError.Missing("text['body'] is missing")
        : TooLong(text, "body", MaxText)
            ? GraphError.BadParameter($"Param text['body'] must be at most {MaxText} characters long.")
        : text.Member("preview_url") is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) }
            ? GraphError.Invalid("text['preview_url'] must be a boolean")
        : null;

    private GraphError? Media(string type, JsonElement content) =>
        content.Text("id") is { } id ? UploadedMedia(type, id) ?? Caption(type, content)
        : content.Text("link") is not { } link ? GraphError.Missing($"{type} needs an id or a link")
        : Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? Caption(type, content)
        : GraphError.Invalid($"{type}['link'] is not a valid URL");

    private GraphError? UploadedMedia(string type, string id) =>
        media.Find(id, phoneNumberId: null) is { } file
            // Anything that was uploaded can go as a document.
            ? type == "document" || MediaKind.Of(file.MimeType)?.Name == type
                ? null
                : GraphError.WithDetails(131053, $"{file.MimeType} cannot be sent as {type}")
            : GraphError.BadParameter(
                $"Param {type}['id'] is not a valid whatsapp business account media attachment ID");

    private static GraphError? Caption(string type, JsonElement content) =>
        content.Member("caption") is null ? null
        : type is "audio" or "sticker" ? GraphError.BadParameter($"Unexpected key \"caption\" on param \"{type}\".")
        : TooLong(content, "caption", MaxCaption)
            ? GraphError.BadParameter($"Param {type}['caption'] must be at most {MaxCaption} characters long.")
        : null;

    private static GraphError? Location(JsonElement location) =>
        Coordinate(location, "latitude", 90) ?? Coordinate(location, "longitude", 180);

    private static GraphError? Coordinate(JsonElement location, string name, double limit) =>
        location.Member(name) is not { } value ? GraphError.Missing($"location['{name}'] is missing")
        : double.TryParse(value.ToString(), out var degrees) && Math.Abs(degrees) <= limit ? null
        : GraphError.Invalid($"location['{name}'] must be between -{limit} and {limit}");

    private static GraphError? Contacts(JsonElement contacts) =>
        contacts.ValueKind != JsonValueKind.Array || contacts.GetArrayLength() == 0
            ? GraphError.Invalid("contacts must be an array with a contact or more")
        : contacts.EnumerateArray().All(contact =>
            !string.IsNullOrEmpty(contact.Member("name")?.Text("formatted_name")))
            ? null
        : GraphError.Missing("contacts['name']['formatted_name'] is missing");

    private static GraphError? Reaction(JsonElement reaction) =>
        string.IsNullOrEmpty(reaction.Text("message_id")) ? GraphError.Missing("reaction['message_id'] is missing")
        // An empty emoji removes the reaction; a missing one is an error.
        : reaction.Text("emoji") is null ? GraphError.Missing("reaction['emoji'] is missing")
        : null;

    /// <summary>Whether a string has more than <paramref name="limit"/> code points, so that an emoji counts as one.</summary>
    internal static bool TooLong(JsonElement element, string name, int limit) =>
        element.Text(name) is { } text && text.Length > limit && text.EnumerateRunes().Count() > limit;
}
