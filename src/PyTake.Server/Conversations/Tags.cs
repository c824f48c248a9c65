namespace PyTake.Conversations;

/// <summary>The tags of a conversation or a contact. They are trimmed, and the same word in another case is the same tag.</summary>
internal static class Tags
{
    private const int Most = 50;
    private const int Longest = 50;

    /// <summary>What is asked of them, for the user.</summary>
    public static readonly string Rule = $"must be at most {Most} words of 1 to {Longest} characters";

    public static bool AreValid(string?[] tags)
        => tags.Length <= Most && tags.All(tag => tag?.Trim() is { Length: > 0 and <= Longest } && !tag.Contains('\0'));

    /// <summary>The tags as they are stored, in the order and the case in which they were given first.</summary>
    public static string[] Clean(string?[] tags) => [.. tags.Select(tag => tag!.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)];
}
