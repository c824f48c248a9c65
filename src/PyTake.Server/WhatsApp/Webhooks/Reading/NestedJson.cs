using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Makes JSON of any depth parseable, for code that needs only its upper levels.</summary>
internal static class NestedJson
{
    // Deeper than anything Meta sends, and than the reader of updates accepts: an update with a folded value is parked, not misread.
    private const int Deepest = 100;
    private const int Wrappers = 70;

    /// <summary>The greatest depth of a folded text.</summary>
    public const int FoldedDepth = Deepest + Wrappers + 1;

    /// <summary>
    /// The same text with each value below a certain depth replaced by a string of its JSON, inside so many nested arrays that the reader of
    /// updates rejects it. Null if it is not JSON, or has no such value. Takes time in proportion to the text's length, however deep it is.
    /// </summary>
    public static byte[]? Fold(ReadOnlyMemory<byte> text)
    {
        var folded = new ArrayBufferWriter<byte>(text.Length + 1024);
        var kept = 0;
        try
        {
            var reader = new Utf8JsonReader(text.Span, new JsonReaderOptions { MaxDepth = int.MaxValue });
            while (reader.Read())
            {
                if (reader.CurrentDepth < Deepest || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) continue;
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var end = (int)reader.BytesConsumed;
                folded.Write(text.Span[kept..start]);
                WriteFolded(folded, text.Span[start..end]);
                kept = end;
            }
        }
        catch (JsonException)
        {
            return null;
        }
        if (kept == 0) return null;
        folded.Write(text.Span[kept..]);
        return folded.WrittenSpan.ToArray();
    }

    private static void WriteFolded(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> value)
    {
        to.GetSpan(Wrappers)[..Wrappers].Fill((byte)'[');
        to.Advance(Wrappers);
        to.Write("\""u8);
        to.Write(JsonEncodedText.Encode(Encoding.UTF8.GetString(value)).EncodedUtf8Bytes);
        to.Write("\""u8);
        to.GetSpan(Wrappers)[..Wrappers].Fill((byte)']');
        to.Advance(Wrappers);
    }
}
