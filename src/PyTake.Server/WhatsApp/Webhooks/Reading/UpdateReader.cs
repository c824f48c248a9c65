using System.Globalization;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>What updates of every kind have.</summary>
internal readonly struct UpdateReader(WebhookPart part, DateTime receivedAt)
{
    public WebhookPart Part => part;
    public string? PhoneNumberId => part.Change.PhoneNumberId;

    /// <summary>Meta's clock in seconds, mostly as a string. Zero and what is later than our own clock are no times.</summary>
    public DateTime OccurredAt
        => long.TryParse(part.Item.Text("timestamp"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0 && seconds <= (receivedAt - DateTime.UnixEpoch).TotalSeconds
                ? DateTime.UnixEpoch.AddSeconds(seconds)
                : receivedAt;

    /// <summary>By what the customer is known, with what contacts says of them; null where nothing says who it is.</summary>
    public CustomerIdentity? Customer
    {
        get
        {
            var contact = part.Change.ContactOf(part);
            var (phone, userId, parentUserId) = part.Customer.Or(CustomerKeys.OfContact(contact));
            var profile = contact.Get("profile");
            return phone is null && userId is null && parentUserId is null
                ? null
                : new(phone, userId, parentUserId, profile.Words("name"), profile.Words("username"));
        }
    }

    public NotUnderstood NotUnderstood(string reason) => new(PhoneNumberId, OccurredAt, reason);

    public Nothing Nothing() => new(PhoneNumberId, OccurredAt);

    /// <summary>An object of the members that are there, as Meta sent them; null where none is.</summary>
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
