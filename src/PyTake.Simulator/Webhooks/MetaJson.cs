using System.Buffers;
using System.Globalization;
using System.Text;

namespace PyTake.Simulator.Webhooks;

/// <summary>
/// Writes JSON the way Meta does: everything outside ASCII as \uXXXX in lower case, slashes as \/. A receiver that
/// checks the signature over JSON it has parsed and serialized again fails here already, and not only at Meta.
/// </summary>
internal static class MetaJson
{
    // An existing escape is copied as a pair, so that the slash of \/ is not mistaken for a bare one.
    private static readonly SearchValues<byte> Special =
        SearchValues.Create([(byte)'/', (byte)'\\', .. Enumerable.Range(0x80, 0x80).Select(wide => (byte)wide)]);

    /// <summary>The same JSON, escaped. These characters occur only inside strings, so no parsing is needed.</summary>
    public static byte[] Escape(ReadOnlySpan<byte> json)
    {
        var escaped = new ArrayBufferWriter<byte>(json.Length + 256);
        while (!json.IsEmpty)
        {
            var length = json.IndexOfAny(Special) is var special and >= 0 ? special : json.Length;
            escaped.Write(json[..length]);
            json = json[length..];
            if (!json.IsEmpty)
                json = json[EscapeOne(json, escaped)..];
        }
        return escaped.WrittenSpan.ToArray();
    }

    private static int EscapeOne(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> escaped)
    {
        if (json[0] == '\\')
        {
            escaped.Write(json[..2]);
            return 2;
        }
        if (json[0] == '/')
        {
            escaped.Write(@"\/"u8);
            return 1;
        }
        Rune.DecodeFromUtf8(json, out var rune, out var length);
        Span<char> units = stackalloc char[2];
        foreach (var unit in units[..rune.EncodeToUtf16(units)])
            escaped.Write(Encoding.ASCII.GetBytes(@"\u" + ((int)unit).ToString("x4", CultureInfo.InvariantCulture)));
        return length;
    }
}
