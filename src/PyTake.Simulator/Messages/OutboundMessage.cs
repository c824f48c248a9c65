using System.Text.Json;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Templates;

namespace PyTake.Simulator.Messages;

/// <summary>A message that was accepted, with what its statuses need.</summary>
internal sealed record OutboundMessage(
    string Wamid, BusinessNumber Number, Recipient Recipient, string Type, string Category, string? CallbackData)
{
    public static OutboundMessage From(
        JsonElement body, BusinessNumber number, Recipient recipient, TemplateCatalog templates)
    {
        var type = TypeOf(body);
        var category = type == "template"
            ? templates.Find(body.GetProperty(type))!.Category.ToLowerInvariant()
            : "service";
        var wamid = Messages.Wamid.Outbound(recipient.Id);
        return new(wamid, number, recipient, type, category, body.Text("biz_opaque_callback_data"));
    }

    /// <summary>The type of a request, <c>text</c> by default.</summary>
    public static string TypeOf(JsonElement body) => body.Text("type") ?? "text";
}
