using System.Security.Cryptography;
using System.Text;

namespace PyTake.Simulator.Messages;

/// <summary>
/// Ids in the form of WhatsApp's own: base64 of a few framed fields, with one party's number or user id and 18 hex digits.
/// Meta says to treat them as opaque.
/// </summary>
internal static class Wamid
{
    private const string Prefix = "wamid.";
    private const byte OfNumber = 0x02;
    private const byte OfUserId = 0x14;
    private static readonly byte[] Start = [0x1C, 0x18];

    public static string Outbound(string customer) => New(customer, 0x11);

    public static string Inbound(string customer) => New(customer, 0x12);

    /// <summary>
    /// The id that the other side has for the same message: with another party's name, and equal from there on. An id that
    /// is not in this form stays as it is.
    /// </summary>
    /// <param name="parties">Names of the two sides; the first that the id does not have already is put into it.</param>
    public static string OtherSide(string wamid, params IEnumerable<string> parties)
    {
        Span<byte> buffer = stackalloc byte[512];
        if (!wamid.StartsWith(Prefix, StringComparison.Ordinal)
            || !Convert.TryFromBase64String(wamid[Prefix.Length..], buffer, out var length)
            || Parse(buffer[..length]) is not var (party, rest)
            || parties.FirstOrDefault(other => other != party) is not { } other)
            return wamid;
        return Encode(other, rest);
    }

    private static string New(string customer, byte direction)
    {
        var unique = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(18));
        return Encode(customer, [0x00, direction, 0x18, 0x12, .. unique, 0x00]);
    }

    private static string Encode(string party, ReadOnlySpan<byte> rest)
    {
        var kind = char.IsAsciiDigit(party[0]) ? OfNumber : OfUserId;
        byte[] id = [.. Start, (byte)party.Length, .. Encoding.ASCII.GetBytes(party), 0x15, kind, .. rest];
        return Prefix + Convert.ToBase64String(id);
    }

    private static (string Party, byte[] Others)? Parse(ReadOnlySpan<byte> id)
    {
        if (!id.StartsWith(Start) || id.Length < 3 || id.Length < 5 + id[2] || id[3 + id[2]] != 0x15)
            return null;
        return (Encoding.ASCII.GetString(id.Slice(3, id[2])), id[(5 + id[2])..].ToArray());
    }
}
