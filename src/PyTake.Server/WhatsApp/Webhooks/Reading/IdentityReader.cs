using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Reads system messages, which say that a customer's number or user id has changed (webhooks/reference/messages/system).</summary>
internal static class IdentityReader
{
    public static WebhookUpdate Read(UpdateReader update, string wamid)
    {
        var system = update.Part.Item.Get("system");
        return system.Text("type") switch
        {
            "user_changed_number" or "customer_changed_number" or "user_changed_user_id" => Changed(update, wamid, system),
            // The customer's security code has changed, which concerns only WhatsApp's own apps.
            "customer_identity_changed" or "user_identity_changed" => update.Nothing(),
            var type => update.NotUnderstood($"system message {wamid} of type '{WebhookReader.Short(type ?? "")}' is not handled"),
        };
    }

    private static WebhookUpdate Changed(UpdateReader update, string wamid, JsonElement system)
    {
        var next = update.Part.NewCustomer;
        var old = Previous(update.Part, system, next);
        if (old == default) return update.NotUnderstood($"system message {wamid} does not name its customer");
        if (next == default || next == old) return update.NotUnderstood($"system message {wamid} names no new number or id");
        return new IdentityChanged(update.PhoneNumberId, update.OccurredAt, wamid, Known(old), Known(next), system.Words("body"));
    }

    /// <summary>
    /// The message's sender; the ids that system calls previous take precedence, because from_user_id may already be the new one.
    /// </summary>
    private static CustomerKeys Previous(WebhookPart part, JsonElement system, CustomerKeys next)
    {
        var sender = part.Customer;
        return new(sender.Phone,
            system.Id("previous_user_id") ?? (sender.UserId == next.UserId ? null : sender.UserId),
            system.Id("previous_parent_user_id") ?? (sender.ParentUserId == next.ParentUserId ? null : sender.ParentUserId));
    }

    private static CustomerIdentity Known(CustomerKeys keys) => new(keys.Phone, keys.UserId, keys.ParentUserId, Name: null, Username: null);
}
