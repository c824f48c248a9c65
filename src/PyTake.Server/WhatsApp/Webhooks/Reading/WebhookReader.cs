using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Turns the JSON of a stored update into a <see cref="WebhookUpdate"/>.</summary>
internal static class WebhookReader
{
    /// <summary>
    /// Reads one update that <see cref="WebhookSplitter"/> has split off. Never throws: what it cannot interpret is <see cref="NotUnderstood"/>.
    /// </summary>
    /// <param name="payload">A webhook with this one update in it.</param>
    /// <param name="receivedAt">When it was received, UTC; used if Meta's time is unusable.</param>
    public static WebhookUpdate Read(ReadOnlyMemory<byte> payload, DateTime receivedAt)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return Read(document.RootElement, receivedAt);
        }
        catch (JsonException problem)
        {
            // The parser's message quotes the invalid byte, which may be NUL.
            var complaint = string.Concat(problem.Message.Where(character => !char.IsControl(character)));
            return new NotUnderstood(null, receivedAt, $"not readable as JSON: {complaint}");
        }
    }

    private static WebhookUpdate Read(JsonElement webhook, DateTime receivedAt)
    {
        var product = webhook.Text("object");
        if (product is null) return new NotUnderstood(null, receivedAt, "not a webhook: it has no object");
        if (product != WebhookSplitter.Object)
            return new NotUnderstood(null, receivedAt, $"webhooks of object '{Short(product)}' are not handled");
        var parts = WebhookPart.AllOf(webhook);
        return parts.Count switch
        {
            0 => new NotUnderstood(null, receivedAt, "the webhook has no entry"),
            1 => Read(parts[0], receivedAt),
            var count => new NotUnderstood(null, receivedAt, $"the webhook has {count} updates that could not be split"),
        };
    }

    /// <summary>Reads an update while its webhook's document is open: the same as from the payload that is split off for it.</summary>
    public static WebhookUpdate Read(WebhookPart part, DateTime receivedAt)
    {
        var update = new UpdateReader(part, receivedAt);
        return (part.Change.Field, part.List) switch
        {
            ("messages" or "history" or WebhookChange.Standby, "messages")
                or ("smb_message_echoes" or "message_echoes" or WebhookChange.Standby, "message_echoes")
                => new MessageReader(update).Read(),
            ("history", "history") => HistoryEntry(update),
            ("messages" or WebhookChange.Standby, "statuses") => StatusReader.Read(update),
            (_, "statuses") when StatusReader.IsCall(part.Item) => StatusReader.Read(update),
            ("calls", "calls") => CallReader.Read(update),
            (WebhookChange.Handovers, _) => HandoverReader.Read(update),
            ("smb_app_state_sync", "state_sync") => AddressBook(update),
            var (field, _) when AccountReader.Reads(field) => AccountReader.Read(update),
            ("user_preferences", "user_preferences") => Preference(update),
            ("messages" or "history" or "calls", "errors") => Notice(update, part.Item),
            (null, _) when part.Kind == "unreadable" => update.NotUnderstood("an entry has no changes"),
            (null, _) => update.NotUnderstood("a change names no field"),
            (not ("messages" or "history" or "smb_message_echoes" or "message_echoes" or "user_preferences" or "calls" or WebhookChange.Standby
                or "smb_app_state_sync"), _)
                => update.NotUnderstood($"{Short(part.Change.Field)} is not handled"),
            (_, null) => update.NotUnderstood($"a change of {part.Change.Field} has no update in it"),
            _ => update.NotUnderstood($"{part.List} of {part.Change.Field} is not handled"),
        };
    }

    /// <summary>A message of a thread, or a chunk without any: the business declined, or had no messages in that period.</summary>
    private static WebhookUpdate HistoryEntry(UpdateReader update)
    {
        if (update.Part.Thread.ValueKind != JsonValueKind.Undefined) return new MessageReader(update).Read();
        return update.Part.Item.Get("errors").First() is { ValueKind: JsonValueKind.Object } error ? Notice(update, error) : update.Nothing();
    }

    private static WebhookUpdate Preference(UpdateReader update)
    {
        var item = update.Part.Item;
        var category = item.Text("category");
        if (category is not (null or "marketing_messages")) return update.NotUnderstood($"preference '{Short(category)}' is not handled");
        if (update.Customer is not { } customer) return update.NotUnderstood("a preference does not name its customer");
        return item.Text("value") switch
        {
            "stop" => new MarketingPreference(update.PhoneNumberId, update.OccurredAt, customer, Stopped: true),
            "resume" => new MarketingPreference(update.PhoneNumberId, update.OccurredAt, customer, Stopped: false),
            _ => update.NotUnderstood("a preference is neither stop nor resume"),
        };
    }

    /// <summary>A name in the address book of the business's phone app; what was removed there stays here (webhooks/reference/smb_app_state_sync).</summary>
    private static WebhookUpdate AddressBook(UpdateReader update)
    {
        var (item, contact) = (update.Part.Item, update.Part.Item.Get("contact"));
        if (item.Text("action") == "remove" || (UpdateReader.Name(contact, "full_name") ?? UpdateReader.Name(contact, "first_name")) is not { } name) return update.Nothing();
        return update.Part.Customer is var keys && keys == default
            ? update.NotUnderstood("an entry of the address book has no number")
            : new AddressBookEntry(update.PhoneNumberId, update.TimeOf(item.Get("metadata")), new(keys.Phone, keys.UserId, keys.ParentUserId, name, UpdateReader.Name(contact, "username")));
    }

    private static NotUnderstood Notice(UpdateReader update, JsonElement error)
        => WebhookError.Of(error) is { } problem
            ? update.NotUnderstood($"Meta reports error {problem.Code}: {Short(problem.Message)}")
            : update.NotUnderstood("an error has neither code nor text");

    /// <summary>Meta's text, shortened to fit into a sentence of ours.</summary>
    internal static string Short(string text) => text.Length <= 200 ? text : text[..(char.IsHighSurrogate(text[199]) ? 199 : 200)] + "…";
}
