using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>The ids by which one element of a webhook names a customer.</summary>
/// <param name="Phone">As Meta spells it, digits.</param>
internal readonly record struct CustomerKeys(string? Phone, string? UserId, string? ParentUserId)
{
    /// <summary>Reads them from the members with these names. A value in the phone's place that is not a number counts as a user id.</summary>
    public static CustomerKeys Of(JsonElement element, string phone, string userId, string parentUserId)
    {
        var id = element.Id(phone);
        var isNumber = id is not null && IsNumber(id);
        return new(isNumber ? PhoneNumbers.Digits(id!) : null, element.Id(userId) ?? (isNumber ? null : id), element.Id(parentUserId));
    }

    /// <summary>Reads an element of contacts, or any other object with the same members.</summary>
    public static CustomerKeys OfContact(JsonElement contact) => Of(contact, "wa_id", "user_id", "parent_user_id");

    /// <summary>Takes another's ids where these are missing.</summary>
    public CustomerKeys Or(CustomerKeys other)
        => new(Phone ?? other.Phone, UserId ?? other.UserId, ParentUserId ?? other.ParentUserId);

    /// <summary>The key of the customer's partition: the same for their messages and for the statuses of ours to them.</summary>
    public string? PartitionKey => Phone is null ? UserId ?? ParentUserId : PhoneNumbers.Normalize(Phone);

    private static bool IsNumber(string id)
        => id.AsSpan().IndexOfAnyInRange('0', '9') >= 0 && id.AsSpan().IndexOfAnyExcept("0123456789+-() ") < 0;
}
