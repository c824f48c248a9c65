using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>One change in an entry of a webhook: the name of a field and its new value.</summary>
internal sealed class WebhookChange(JsonElement webhook, JsonElement entry, JsonElement element)
{
    /// <summary>The field of those copies, and the name of the object that has them.</summary>
    public const string Standby = "standby";

    /// <summary>The field that says who answers in a conversation from now on.</summary>
    public const string Handovers = "messaging_handovers";

    private Dictionary<string, JsonElement>? _contacts;

    public JsonElement Webhook => webhook;
    public JsonElement Entry => entry;

    /// <summary>Undefined where the entry has no changes.</summary>
    public JsonElement Element => element;

    public JsonElement Value { get; } = element.Get("value");

    /// <summary>
    /// What has the lists of updates and their contacts: the value, or its object <c>standby</c>, which has copies of what is said in conversations
    /// that somebody else controls (webhooks/reference/standby).
    /// </summary>
    public JsonElement Holder => IsNested ? Value.Get(Standby) : Value;

    /// <summary>Whether <see cref="Holder"/> is inside the value.</summary>
    public bool IsNested => Field == Standby && Value.Get(Standby).ValueKind == JsonValueKind.Object;

    public string? Field { get; } = element.Text("field");

    /// <summary>How many updates it holds.</summary>
    public int PartCount { get; set; }

    /// <remarks>A handover has no metadata: there the number is the recipient.</remarks>
    public string? PhoneNumberId => field ??= (Field == Handovers ? Value.Get("recipient") : Value.Get("metadata")).Id("phone_number_id");

    /// <summary>The WhatsApp Business Account that the webhook is about.</summary>
    public string? WabaId => field ??= Entry.Id("id");

    /// <summary>The business's own number.</summary>
    public string? DisplayPhoneNumber => field ??= Value.Get("metadata").Id("display_phone_number");

    /// <summary>
    /// The element of contacts that describes an update's customer, found by its ids and not by its position, because Meta does not order the two
    /// lists alike. A single contact beside a single update is assumed to be its customer. Undefined if there is none.
    /// </summary>
    public JsonElement ContactOf(WebhookPart part)
    {
        var contacts = Holder.Get("contacts");
        if (contacts.ValueKind != JsonValueKind.Array) return default;
        if (PartCount == 1 && contacts.GetArrayLength() == 1) return contacts[0];
        _contacts ??= Index(contacts);
        var (phone, userId, _) = part.Customer;
        return userId is not null && _contacts.TryGetValue(userId, out var contact)
            || phone is not null && _contacts.TryGetValue(PhoneNumbers.Normalize(phone), out contact) ? contact : default;
    }

    private static Dictionary<string, JsonElement> Index(JsonElement contacts)
    {
        var index = new Dictionary<string, JsonElement>();
        foreach (var contact in contacts.Elements())
        {
            var (phone, userId, _) = CustomerKeys.OfContact(contact);
            if (phone is not null) index.TryAdd(PhoneNumbers.Normalize(phone), contact);
            if (userId is not null) index.TryAdd(userId, contact);
        }
        return index;
    }
}
