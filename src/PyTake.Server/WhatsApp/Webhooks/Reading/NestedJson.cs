using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Makes JSON of any depth readable for those who want to look at what is around the depths.</summary>
internal static class NestedJson
{
    // Beyond all that Meta nests, and beyond what the reader of an update takes: whatever is folded is deferred, not misread.
    private const int Deepest = 100;
    private const int Wrappers = 70;

    /// <summary>No folded text is deeper.</summary>
    public const int FoldedDepth = Deepest + Wrappers + 1;

    /// <summary>
    /// The same text with each value below a certain depth as a string of its JSON, in a nest of arrays so deep that no reader of updates
    /// takes it for a value. Null where it is no JSON, or has no such value. Takes time in proportion to the text, however deep it is.
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
