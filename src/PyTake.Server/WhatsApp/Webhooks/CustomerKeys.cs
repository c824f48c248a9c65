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
        var isNumber = id is not null && id.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or ' ' or '(' or ')') && id.Any(char.IsAsciiDigit);
        return new(isNumber ? id : null, element.Id(userId) ?? (isNumber ? null : id), element.Id(parentUserId));
    }

    /// <summary>With another's ids where these have none.</summary>
    public CustomerKeys Or(CustomerKeys other)
        => new(Phone ?? other.Phone, UserId ?? other.UserId, ParentUserId ?? other.ParentUserId);

    /// <summary>What the customer's lane goes by: the same for their messages and for the ticks of ours to them.</summary>
    public string? LaneKey => Phone is null ? UserId ?? ParentUserId : PhoneNumbers.Normalize(Phone);
}
