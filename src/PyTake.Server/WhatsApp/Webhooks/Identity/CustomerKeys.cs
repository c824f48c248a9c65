using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The ids by which one element of a webhook names a customer.</summary>
/// <param name="Phone">As Meta spells it.</param>
internal readonly record struct CustomerKeys(string? Phone, string? UserId, string? ParentUserId)
{
    /// <summary>Reads them from the members of these names. What stands in a phone's place and is no number counts as a user id.</summary>
    public static CustomerKeys Of(JsonElement element, string phone, string userId, string parentUserId)
    {
        var id = element.Id(phone);
        var isNumber = id is not null && IsNumber(id);
        return new(isNumber ? id : null, element.Id(userId) ?? (isNumber ? null : id), element.Id(parentUserId));
    }

    /// <summary>Reads an element of contacts, or whatever else describes a customer in the same words.</summary>
    public static CustomerKeys OfContact(JsonElement contact) => Of(contact, "wa_id", "user_id", "parent_user_id");

    /// <summary>With another's ids where these have none.</summary>
    public CustomerKeys Or(CustomerKeys other)
        => new(Phone ?? other.Phone, UserId ?? other.UserId, ParentUserId ?? other.ParentUserId);

    /// <summary>What the customer's partition goes by: the same for their messages and for the ticks of ours to them.</summary>
    public string? PartitionKey => Phone is null ? UserId ?? ParentUserId : PhoneNumbers.Normalize(Phone);

    private static bool IsNumber(string id)
        => id.AsSpan().IndexOfAnyInRange('0', '9') >= 0 && id.AsSpan().IndexOfAnyExcept("0123456789+-() ") < 0;
}
