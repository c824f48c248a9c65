using System.Text.RegularExpressions;

namespace PyTake.Accounts;

internal static partial class Emails
{
    /// <summary>The spelling under which accounts are looked up.</summary>
    public static string Normalize(string email) => email.Trim().ToLowerInvariant();

    /// <summary>Whether it has the form of an address; only sending mail to it would prove more.</summary>
    public static bool IsPlausible(string? email) => email is { Length: <= 254 } && Plausible().IsMatch(email.Trim());

    [GeneratedRegex(@"^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+\.[^@\s\p{Cc}]+$")]
    private static partial Regex Plausible();
}
