using System.Globalization;
using System.Text.Json;
using PyTake.Conversations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Reads an element of statuses[] (webhooks/reference/messages/status): a message's tick, or what its type says.</summary>
internal static class StatusReader
{
    public static WebhookUpdate Read(UpdateReader update)
    {
        var item = update.Part.Item;
        if (item.ValueKind != JsonValueKind.Object) return update.NotUnderstood("a status is not an object");
        if (item.Id("id") is not { } id) return update.NotUnderstood("a status has no id");
        if (item.Id("status") is not { } status) return update.NotUnderstood($"a status of {id} has no status");
        return item.Get("type") switch
        {
            { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => Of(update, id, status),
            var type => type.Text() switch
            {
                "message" => Of(update, id, status),
                "payment" => Of(update, id, status) with { Payment = PaymentOf(update, status) },
                "call" => CallReader.ReadStatus(update, id, status),
                var other => update.NotUnderstood($"a status of {id} is of type '{WebhookReader.Short(other ?? type.GetRawText())}', which is not handled"),
            },
        };
    }

    /// <summary>Whether it is about a call. These come on other fields as well.</summary>
    public static bool IsCall(JsonElement status) => status.Text("type") == "call";

    private static StatusReceived Of(UpdateReader update, string wamid, string status)
    {
        var item = update.Part.Item;
        var error = WebhookError.Of(item.Get("errors").First());
        return new StatusReceived(update.PhoneNumberId, update.OccurredAt, wamid, status,
            item.Id("recipient_id"), item.Id("recipient_user_id"),
            item.Id("recipient_participant_id") ?? item.Id("recipient_participant_user_id"), item.Id("biz_opaque_callback_data"),
            error?.Code, error?.Message, UpdateReader.Copy(item, member => member.Is("conversation") || member.Is("pricing")));
    }

    private static Payment PaymentOf(UpdateReader update, string status)
    {
        var payment = update.Part.Item.Get("payment");
        var error = payment.Get("transaction").Get("error");
        return new(status, update.OccurredAt, payment.Id("reference_id"), Amount(payment.Get("amount")), payment.Id("currency"),
            error.Words("reason") ?? error.Words("code"));
    }

    // {value: 5025, offset: 100} is 50.25.
    private static decimal? Amount(JsonElement amount)
        => Number(amount.Text("value")) is { } value && Number(amount.Text("offset")) is { } offset and >= 1 ? value / offset : null;

    private static decimal? Number(string? text)
        => decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : null;
}
