using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PyTake.Json;

/// <summary>
/// Numbers of untrusted JSON. PostgreSQL's jsonb keeps a number's value and writes all of its digits when it is read: 1e9999 comes back as ten thousand of
/// them, and a message full of such numbers as gigabytes. So only numbers that come back no longer than they were written may become jsonb.
/// </summary>
internal static class JsonNumbers
{
    /// <summary>What is asked of them, for the user.</summary>
    public const string Rule = "numbers of 64 digits at most, and none whose digits an exponent multiplies";

    // More than any number that means something has; PostgreSQL's own limits are far above.
    private const int Longest = 64;

    /// <summary>Whether jsonb writes a number with no more characters than it has here.</summary>
    /// <param name="number">A number of valid JSON.</param>
    public static bool IsKept(ReadOnlySpan<byte> number)
    {
        if (number.Length > Longest) return false;
        var mark = number.IndexOfAny((byte)'e', (byte)'E');
        if (mark < 0) return true;
        if (!TryReadExponent(number[(mark + 1)..], out var exponent)) return false;
        var mantissa = number[..mark];
        var sign = mantissa[0] == '-' ? 1 : 0;
        var point = mantissa.IndexOf((byte)'.');
        var (before, after) = point < 0 ? (mantissa.Length - sign, 0) : (point - sign, mantissa.Length - point - 1);
        return sign + Math.Max(1, before + exponent) + (after > exponent ? 1 + after - exponent : 0) <= number.Length;
    }

    /// <summary>The same for a number that was parsed.</summary>
    public static bool IsKept(JsonElement number) => IsKept(JsonMarshal.GetRawUtf8Value(number));

    // Four digits would be ten thousand places.
    private static bool TryReadExponent(ReadOnlySpan<byte> digits, out int exponent)
    {
        if (digits[0] == '+') digits = digits[1..];
        return Utf8Parser.TryParse(digits, out exponent, out var read) && read == digits.Length && digits.Length <= 4;
    }
}
