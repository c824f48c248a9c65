using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Reads an element of statuses[] (webhooks/reference/messages/status).</summary>
internal static class StatusReader
{
    public static WebhookUpdate Read(UpdateReader update)
    {
        var item = update.Part.Item;
        if (item.ValueKind != JsonValueKind.Object) return update.NotUnderstood("a status is not an object");
        if (IsCall(item)) return update.Nothing();
        if (item.Id("id") is not { } wamid) return update.NotUnderstood("a status has no id");
        if (item.Id("status") is not { } status) return update.NotUnderstood($"a status of {wamid} has no status");

        var error = WebhookError.Of(item.Get("errors").First());
        return new StatusReceived(update.PhoneNumberId, update.OccurredAt, wamid, status,
            item.Id("recipient_id"), item.Id("recipient_user_id"),
            item.Id("recipient_participant_id") ?? item.Id("recipient_participant_user_id"), item.Id("biz_opaque_callback_data"),
            error?.Code, error?.Message, UpdateReader.Copy(item, member => member.Is("conversation") || member.Is("pricing")));
    }

    public static bool IsCall(JsonElement status) => status.Text("type") == "call";
}
