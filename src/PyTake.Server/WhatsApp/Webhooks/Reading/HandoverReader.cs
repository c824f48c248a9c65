using System.Text.Json;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Reads who answers in a conversation from now on (webhooks/reference/messaging-handovers): <c>control_passed</c> comes to who gets it,
/// <c>control_taken</c> to who had it. Every member may be missing, and an older form names roles in other words.
/// </summary>
internal static class HandoverReader
{
    private const string Passed = "control_passed", Taken = "control_taken";

    public static WebhookUpdate Read(UpdateReader update)
    {
        var value = update.Part.Change.Value;
        var type = value.Text("type");
        if (type is not (Passed or Taken)) return update.NotUnderstood($"handover '{WebhookReader.Short(type ?? "")}' is not handled");
        if (update.Customer is not { } customer) return update.NotUnderstood("a handover does not name its customer");

        var handover = value.Get(type).ValueKind == JsonValueKind.Object ? value.Get(type) : value;
        var (from, to) = (Role(handover, "previous_owner"), Role(handover, "new_owner"));
        // Only Meta's own agent is that role, never an app.
        var isOurs = type == Passed && to != ConversationControl.AiAgent;
        var at = update.TimeOf(value);
        return new MessageReceived(
            update.PhoneNumberId, at, Key(type, at, customer), customer, FromCustomer: false, Historic: false, MessageType.Handover,
            Content(type == Passed ? "passed" : "taken", from, to, handover), MediaId: null, MimeType: null, FileName: null, ReplyTo: null, Meta: null)
        {
            ControlledBy = isOurs ? ConversationControl.Ours : to ?? ConversationControl.Other,
        };
    }

    // A handover has no id, and Meta repeats it.
    private static string Key(string type, DateTime at, CustomerIdentity customer)
        => $"handover:{type}:{new DateTimeOffset(at).ToUnixTimeSeconds()}:{customer.Keys().First().Value}";

    private static string? Role(JsonElement handover, string owner)
        => handover.Id($"{owner}_role") ?? (handover.Id($"{owner}_app_role") is { } role ? role == "meta_business_agent" ? ConversationControl.AiAgent : role : null);

    private static RawJson Content(string action, string? from, string? to, JsonElement handover) => JsonText.Object(writer =>
    {
        writer.WriteString("action", action);
        writer.WriteStringIfAny("from", from);
        writer.WriteStringIfAny("to", to);
        writer.WriteStringIfAny("note", handover.Words("metadata"));
        writer.WriteStringIfAny("summary", handover.Get("conversation_context").Get("summary").Words("text"));
    });
}
