using System.Globalization;
using System.Text.Json;
using PyTake.Conversations;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// Reads calls (webhooks/reference/calls), each of which is one message of type call. Meta says when one begins (connect), how it went, and, for
/// a call of the business's, whether the customer took it. Nobody can take calls here: another program does, or nobody.
/// </summary>
internal static class CallReader
{
    private const string Missed = "missed", Rejected = "rejected", Ended = "ended";

    /// <summary>Reads an element of calls[]; a call without outcome is still ringing or going on.</summary>
    public static WebhookUpdate Read(UpdateReader update)
    {
        var call = update.Part.Item;
        if (call.ValueKind != JsonValueKind.Object) return update.NotUnderstood("a call is not an object");
        if (call.Id("id") is not { } id) return update.NotUnderstood("a call has no id");
        return call.Text("event") switch
        {
            "connect" => Line(update, id, !update.Part.IsFromBusiness, null, null),
            "terminate" => Line(update, id, !update.Part.IsFromBusiness, OutcomeOf(call), Duration(call)),
            var other => update.NotUnderstood($"event '{WebhookReader.Short(other ?? "")}' of call {id} is not handled"),
        };
    }

    /// <summary>Reads a status of a call that the business made: RINGING, ACCEPTED or REJECTED.</summary>
    public static WebhookUpdate ReadStatus(UpdateReader update, string id, string status)
        => status is "REJECTED" ? Line(update, id, fromCustomer: false, Rejected, null) : update.Nothing();

    private static WebhookUpdate Line(UpdateReader update, string id, bool fromCustomer, string? outcome, long? seconds)
    {
        if (update.Customer is not { } customer) return update.NotUnderstood($"call {id} does not name its customer");
        var content = JsonText.Object(writer =>
        {
            writer.WriteString("direction", fromCustomer ? Direction.Inbound : Direction.Outbound);
            writer.WriteStringIfAny("outcome", outcome);
            if (outcome == Ended && seconds is { } duration) writer.WriteNumber("duration_seconds", duration);
        });
        return new MessageReceived(update.PhoneNumberId, update.OccurredAt, id, customer, fromCustomer, Historic: false, MessageType.Call, content,
            MediaId: null, MimeType: null, FileName: null, ReplyTo: null, Meta: null);
    }

    // FAILED is also said of a call that nobody took. Only one that somebody took lasted.
    private static string OutcomeOf(JsonElement call)
        => StatusOf(call) is "COMPLETED" || Duration(call) > 0 ? Ended
        : StatusOf(call) is "REJECTED" ? Rejected
        : Missed;

    private static string? StatusOf(JsonElement call) => (call.Text("status") ?? call.Get("status").First().Text())?.ToUpperInvariant();

    private static long? Duration(JsonElement call)
        => Number(call, "duration") ?? (Number(call, "start_time") is { } start && Number(call, "end_time") is { } end && end >= start ? end - start : null);

    private static long? Number(JsonElement call, string name)
        => long.TryParse(call.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
