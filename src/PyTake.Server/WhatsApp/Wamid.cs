using System.Buffers;
using System.Text;

namespace PyTake.WhatsApp;

/// <summary>Meta's ids of messages, which are opaque except for one guess.</summary>
/// <remarks>
/// One message has several ids: the business's, and those that the customer's replies, reactions, edits and deletions name. Their base64 holds one
/// party's number or user id, and ends with a key that is the same in all of them (WHATSAPP, section 3). Meta does not document that, so it is used
/// only where the whole id is unknown, and only among the messages of one customer with one number.
/// </remarks>
internal static class Wamid
{
    private const string Prefix = "wamid.";
    // Known keys have 18 to 32 hexadecimal digits. Shorter ones might be anything.
    private const int ShortestKey = 12;
    // What stands before it after a zero byte: the direction, a type, and its length.
    private const int Frame = 3;
    private const int LongestId = 512;

    /// <summary>The key at the end of an id, as the function wamid_key in the database finds it; null if it has none.</summary>
    public static string? InnerKey(string? wamid)
    {
        if (wamid is not { Length: <= LongestId } || !wamid.StartsWith("wamid.HB", StringComparison.Ordinal)) return null;
        var encoded = wamid[Prefix.Length..].TrimEnd('=');
        Span<byte> bytes = stackalloc byte[LongestId];
        if (!Convert.TryFromBase64String(encoded.PadRight((encoded.Length + 3) / 4 * 4, '='), bytes, out var length) || length == 0 || bytes[length - 1] != 0)
            return null;
        var end = bytes[..(length - 1)];
        var start = end.LastIndexOf((byte)0) + 1 + Frame;
        return start > Frame && end.Length - start >= ShortestKey && !end[start..].ContainsAnyExcept(Characters)
            ? Encoding.ASCII.GetString(end[start..])
            : null;
    }

    /// <summary>Whether two ids may be those of one message.</summary>
    public static bool MayBeSame(string one, string other) => one == other || (InnerKey(one) is { } key && key == InnerKey(other));

    private static readonly SearchValues<byte> Characters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
}
