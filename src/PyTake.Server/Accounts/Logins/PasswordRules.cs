using System.Collections.Frozen;
using System.Reflection;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>
/// Which passwords are taken (OWASP ASVS 5.0, 6.2): 8 to 128 characters of any kind, as they were typed, but none that is guessed first. There are no
/// rules of composition: they make passwords that are hard to remember and easy to guess.
/// </summary>
internal static class PasswordRules
{
    private const string Product = "pytake";
    private const int Shortest = 8, Longest = 128, ShortestWord = 4;

    private static readonly Lazy<FrozenSet<string>> Common = new(Read);

    /// <summary>Checks a new password.</summary>
    /// <param name="check">Collects the problem.</param>
    /// <param name="field">The field of the body that has the password.</param>
    /// <param name="password">As it was typed.</param>
    /// <param name="about">What strangers know of its owner: e-mail address, name, organization.</param>
    public static Check NewPassword(this Check check, string field, string? password, params ReadOnlySpan<string?> about)
    {
        var weakness = Weakness(password, about);
        return check.That(weakness is null, field, weakness ?? "");
    }

    /// <summary>Checks that a password was typed, of any kind: it may be older than the rules.</summary>
    public static Check Typed(this Check check, string field, string? password)
        => check.That(password is { Length: > 0 and <= 1024 }, field, "is required");

    /// <summary>What is wrong with a password, to be read after its field's name; null for a good one.</summary>
    public static string? Weakness(string? password, params ReadOnlySpan<string?> about)
    {
        if (password is null || password.EnumerateRunes().Count() is < Shortest or > Longest) return $"must have {Shortest} to {Longest} characters";
        var typed = password.Trim().ToLowerInvariant();
        if (typed.Length == 0 || Common.Value.Contains(typed)) return "is one of the most common passwords";
        return IsAbout(typed, about) ? "must not be your e-mail address, your name or the name of this product" : null;
    }

    // "Ana Prado", "anaprado", "AnaPrado2024!" and "pytake123" are all the same guess.
    private static bool IsAbout(string typed, ReadOnlySpan<string?> about)
    {
        var word = Letters(typed);
        if (IsRepeated(word, Product)) return true;
        foreach (var known in about)
        {
            if (known is null) continue;
            var lower = known.Trim().ToLowerInvariant();
            if (typed == lower || IsRepeated(word, Letters(lower)) || IsRepeated(word, Letters(lower.Split('@')[0]))) return true;
        }
        return false;
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetter));

    private static bool IsRepeated(string word, string part)
        => part.Length >= ShortestWord && word.Length > 0 && word.Length % part.Length == 0 && word.Replace(part, "", StringComparison.Ordinal).Length == 0;

    private static FrozenSet<string> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("PyTake.Accounts.common-passwords.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && !line.StartsWith("# ", StringComparison.Ordinal)).ToFrozenSet();
    }
}
