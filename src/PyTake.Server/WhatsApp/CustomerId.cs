using System.Text.RegularExpressions;

namespace PyTake.WhatsApp;

/// <summary>What a customer is called in requests: a phone number in digits or a user id.</summary>
internal static partial class CustomerId
{
    /// <summary>Whether it is a business-scoped user id or that of a parent portfolio (WHATSAPP, section 6).</summary>
    public static bool IsUserId(string id) => UserId().IsMatch(id);

    [GeneratedRegex(@"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")]
    private static partial Regex UserId();
}
