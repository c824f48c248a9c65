using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One update and its place in the webhook.</summary>
/// <param name="List">The member of the change's value that it is an element of; null where the change itself is the update.</param>
/// <param name="Item">The element, the change, or an entry that has no changes.</param>
/// <param name="Chunk">In a history: the chunk and the thread that it is an element of.</param>
internal readonly record struct WebhookPart(
    WebhookChange Change, string? List, JsonElement Item, JsonElement Chunk = default, JsonElement Thread = default)
{
    // Lists of a value whose elements are updates. contacts is not one of them: it describes the updates' customers.
    public static readonly string[] Lists =
        ["messages", "statuses", "message_echoes", "history", "errors", "user_preferences", "user_actions", "calls", "state_sync"];

    /// <summary>
    /// All updates of a webhook in their order. An entry or a change without any counts as one itself, so that nothing is lost.
    /// </summary>
    public static List<WebhookPart> AllOf(JsonElement webhook)
    {
        var parts = new List<WebhookPart>();
        foreach (var entry in webhook.ElementsOf("entry")) AddEntry(parts, webhook, entry);
        return parts;
    }

    /// <summary>For operators and queries: see <see cref="WebhookItem.Kind"/>.</summary>
    public string Kind => List switch
    {
        _ when Change.Element.ValueKind != JsonValueKind.Object => "unreadable",
        "messages" => Change.Field == "history" ? "history" : "message",
        "statuses" => "status",
        "message_echoes" => "echo",
        "history" => "history",
        "user_preferences" or "state_sync" => "contact",
        "calls" => "call",
        _ => "field",
    };

    /// <summary>
    /// The message itself: the element, or, in a copy of what somebody else sent, the request by which they sent it (webhooks/reference/standby).
    /// </summary>
    public JsonElement Message => IsSentBySomebodyElse ? Item.Get("message") : Item;

    /// <summary>Whether it is a message to the customer by whoever controls the conversation.</summary>
    public bool IsSentBySomebodyElse => List == "message_echoes" && Change.IsNested;

    /// <summary>Meta's ids of the customer; all null if the update concerns none.</summary>
    public CustomerKeys Customer => List switch
    {
        "messages" or "history" when IsFromBusiness => Recipient.Or(ThreadCustomer),
        "messages" or "history" => Sender.Or(ThreadCustomer),
        "message_echoes" => Recipient,
        "calls" => IsFromBusiness ? Recipient : Sender,
        "statuses" => CustomerKeys.Of(Item, "recipient_id", "recipient_user_id", "recipient_parent_user_id"),
        "user_preferences" => CustomerKeys.OfContact(Item),
        "state_sync" => CustomerKeys.Of(Item.Get("contact"), "phone_number", "user_id", "parent_user_id"),
        null when Change.Field == WebhookChange.Handovers => CustomerKeys.Of(Change.Value.Get("sender"), "phone_number", "user_id", "parent_user_id"),
        _ => default,
    };

    /// <summary>In a system message: the customer's new ids. Older messages call the number new_wa_id.</summary>
    public CustomerKeys NewCustomer => CustomerKeys.OfContact(Item.Get("system"))
        .Or(CustomerKeys.Of(Item.Get("system"), "new_wa_id", "user_id", "parent_user_id"));

    /// <summary>
    /// Whether the business wrote it in its phone app, or called. A history contains both sides: where its messages do not say which (from_me), only
    /// the business's name a recipient or come from its own number (webhooks/reference/history).
    /// </summary>
    public bool IsFromBusiness => List switch
    {
        "message_echoes" => true,
        "messages" or "history" when Change.Field == "history" => FromMe ?? (Recipient != default || IsFromOwnNumber),
        "calls" => Item.Text("direction") is { } direction ? direction == "BUSINESS_INITIATED" : IsFromOwnNumber,
        _ => false,
    };

    private bool? FromMe => Flag(Item.Get("history_context").Get("from_me")) ?? Flag(Item.Get("from_me"));

    private static bool? Flag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private bool IsFromOwnNumber => Item.Id("from") is { } from && Change.DisplayPhoneNumber is { } own
        && PhoneNumbers.Normalize(from) == PhoneNumbers.Normalize(own);

    // A request to send names its recipient in to or in recipient.
    private CustomerKeys Recipient => CustomerKeys.Of(Message, "to", "to_user_id", "to_parent_user_id")
        .Or(IsSentBySomebodyElse ? CustomerKeys.Of(Message, "recipient", "", "") : default);

    // A system message may name its customer only in its system object.
    private CustomerKeys Sender => CustomerKeys.Of(Item, "from", "from_user_id", "from_parent_user_id")
        .Or(CustomerKeys.Of(Item.Get("system"), "customer", "previous_user_id", "previous_parent_user_id"));

    private CustomerKeys ThreadCustomer => CustomerKeys.OfContact(Thread.Get("context"))
        .Or(CustomerKeys.Of(Thread, "id", "user_id", "parent_user_id"));

    private static void AddEntry(List<WebhookPart> parts, JsonElement webhook, JsonElement entry)
    {
        var before = parts.Count;
        foreach (var change in entry.ElementsOf("changes")) AddChange(parts, new(webhook, entry, change));
        if (parts.Count == before) parts.Add(new(new(webhook, entry, default), null, entry));
    }

    private static void AddChange(List<WebhookPart> parts, WebhookChange change)
    {
        var before = parts.Count;
        if (change.Holder.ValueKind == JsonValueKind.Object)
            foreach (var member in change.Holder.EnumerateObject())
                foreach (var list in Lists)
                    if (member.Is(list))
                        AddList(parts, change, list, member.Value);
        if (parts.Count == before) parts.Add(new(change, null, change.Element));
        change.PartCount = parts.Count - before;
    }

    private static void AddList(List<WebhookPart> parts, WebhookChange change, string list, JsonElement elements)
    {
        if (elements.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null)) parts.Add(new(change, list, elements));
        foreach (var element in elements.Elements())
            if (list == "history") AddChunk(parts, change, element);
            else parts.Add(new(change, list, element));
    }

    private static void AddChunk(List<WebhookPart> parts, WebhookChange change, JsonElement chunk)
    {
        var before = parts.Count;
        foreach (var thread in chunk.ElementsOf("threads"))
            foreach (var message in thread.ElementsOf("messages"))
                parts.Add(new(change, "history", message, chunk, thread));
        if (parts.Count == before) parts.Add(new(change, "history", chunk, chunk));
    }
}
