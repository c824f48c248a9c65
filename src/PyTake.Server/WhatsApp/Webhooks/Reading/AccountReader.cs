using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PyTake.Json;
using PyTake.WhatsApp.AccountEvents;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Reads what concerns an account as a whole (webhooks/reference): such a change has a value of its own shape and names no phone_number_id.</summary>
internal static class AccountReader
{
    // A page of a hundred has to fit into an answer (AnswerSize). Meta's have less than a kilobyte.
    private const int LargestValue = 32 * 1024;

    // Where the fields say what happened.
    private static readonly string[] Words = ["event", "decision", "alert_type", "new_quality_score", "new_category", "status"];

    /// <summary>Whether a field is about the account, its numbers or its templates.</summary>
    public static bool Reads(string? field) => field is "account_alerts" or "account_review_update" or "account_settings_update" or "account_update"
        or "business_capability_update" or "business_status_update" or "business_username_update" or "message_template_components_update"
        or "message_template_quality_update" or "message_template_status_update" or "partner_solutions" or "payment_configuration_update"
        or "phone_number_name_update" or "phone_number_quality_update" or "security" or "template_category_update" or "template_correct_category_detection";

    public static WebhookUpdate Read(UpdateReader update)
    {
        var change = update.Part.Change;
        var value = change.Value;
        if (change.WabaId is not { } account) return update.NotUnderstood($"{WebhookReader.Short(change.Field!)} names no account");
        if (value.ValueKind != JsonValueKind.Object) return update.NotUnderstood($"{WebhookReader.Short(change.Field!)} has no value");
        if (JsonMarshal.GetRawUtf8Value(value).Length > LargestValue) return update.NotUnderstood($"{WebhookReader.Short(change.Field!)} is larger than any news");
        var said = Words.Select(word => value.Id(word)).FirstOrDefault(word => word is not null) ?? value.Get("alert_info").Id("alert_type");
        return new AccountNotice(change.PhoneNumberId, new NewAccountEvent(
            account, change.Field!, said, value.Id("display_phone_number") ?? value.Id("phone_number"), UpdateReader.Copy(value, _ => true) ?? RawJson.EmptyObject,
            update.EntryTime, change.Entry.Id("time") ?? update.EntryTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
    }
}
