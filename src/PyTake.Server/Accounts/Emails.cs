using System.Text.RegularExpressions;

namespace PyTake.Accounts;

internal static partial class Emails
{
    /// <summary>The spelling accounts are found by.</summary>
    public static string Normalize(string email) => email.Trim().ToLowerInvariant();

    /// <summary>Whether mail could go there; only sending some would tell more.</summary>
    public static bool IsPlausible(string? email) => email is { Length: <= 254 } && Plausible().IsMatch(email.Trim());

    [GeneratedRegex(@"^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+\.[^@\s\p{Cc}]+$")]
    private static partial Regex Plausible();
}
