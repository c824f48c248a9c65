using System.Globalization;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Reads what updates of every kind have in common.</summary>
internal readonly struct UpdateReader(WebhookPart part, DateTime receivedAt)
{
    private const int LongestName = 200;

    public WebhookPart Part => part;
    public string? PhoneNumberId => part.Change.PhoneNumberId;

    /// <summary>Meta's time in seconds, mostly as a string; the time of receipt if Meta's is missing, zero or in our future.</summary>
    public DateTime OccurredAt => TimeOf(part.Item);

    /// <summary>When Meta sent it, for updates that have no time of their own.</summary>
    public DateTime EntryTime => TimeOf(part.Change.Entry, "time");

    /// <summary>The time of another object than the update itself.</summary>
    public DateTime TimeOf(JsonElement timed, string name = "timestamp")
        => long.TryParse(timed.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0 && seconds <= (receivedAt - DateTime.UnixEpoch).TotalSeconds
                ? DateTime.UnixEpoch.AddSeconds(seconds)
                : receivedAt;

    /// <summary>The customer's ids, and their names from contacts or from a history's thread; null if there is no id.</summary>
    public CustomerIdentity? Customer
    {
        get
        {
            var contact = part.Change.ContactOf(part);
            var (phone, userId, parentUserId) = part.Customer.Or(CustomerKeys.OfContact(contact));
            var (profile, thread) = (contact.Get("profile"), part.Thread.Get("context"));
            return phone is null && userId is null && parentUserId is null
                ? null
                : new(phone, userId, parentUserId, Name(profile, "name") ?? Name(thread, "name"), Name(profile, "username") ?? Name(thread, "username"));
        }
    }

    /// <summary>A name or a user name; null if it is absent or blank. Every event of a conversation carries it, and WhatsApp's own are much shorter.</summary>
    public static string? Name(JsonElement from, string member) => from.Words(member) is not { } name ? null
        : name.Length <= LongestName ? name
        : name[..(char.IsHighSurrogate(name[LongestName - 1]) ? LongestName - 1 : LongestName)];

    public NotUnderstood NotUnderstood(string reason) => new(PhoneNumberId, OccurredAt, reason);

    public Nothing Nothing() => new(PhoneNumberId, OccurredAt);

    /// <summary>An object of the chosen members, as Meta sent them; null if there are none.</summary>
    public static RawJson? Copy(JsonElement from, Func<JsonProperty, bool> which)
    {
        var any = false;
        var copy = JsonText.Object(writer =>
        {
            foreach (var member in from.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Null || !which(member)) continue;
                member.CopyTo(writer);
                any = true;
            }
        });
        return any ? copy : null;
    }
}
