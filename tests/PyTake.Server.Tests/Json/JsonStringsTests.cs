using System.Text;
using System.Text.Json;
using PyTake.WhatsApp;

namespace PyTake.Json;

public sealed class JsonStringsTests
{
    [Theory]
    [InlineData("""  "a\"\\\/\b\f\n\r\t\u00e7é😀\ud83d\ude00"  """, "a\"\\/\b\f\n\r\tçé😀😀")]
    [InlineData("""  "\u0000"  """, "\0")]
    [InlineData("""  ""  """, "")]
    [InlineData("""  "\ud83d"  """, null)]
    [InlineData("""  "\ude00\ud83d"  """, null)]
    [InlineData("""  "a\ud83d b"  """, null)]
    [InlineData("7", null)]
    [InlineData("null", null)]
    public void A_string_is_its_text_or_none(string json, string? text)
    {
        using var document = JsonDocument.Parse(json);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();

        Assert.Equal(text, document.RootElement.TextOrNull());
        Assert.Equal(text, reader.TextOrNull());
    }

    [Theory]
    [InlineData("""  "a\u0000b\ud83d c \ude00 d\ud83d\ude00"  """, "ab\ufffd c \ufffd d😀")]
    [InlineData("7", null)]
    public void What_is_no_text_is_mended(string json, string? text)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(text, document.RootElement.MendedText());
    }

    [Fact]
    public void Bytes_that_are_no_utf_8_are_no_text()
    {
        using var document = JsonDocument.Parse((byte[])[.. "{\""u8, 0xff, .. "\":\"a"u8, 0xff, .. "\"}"u8]);
        var member = document.RootElement.EnumerateObject().Single();

        Assert.Null(member.NameOrNull());
        Assert.Null(member.Value.TextOrNull());
        Assert.Equal("\ufffd", member.MendedName());
        Assert.Equal("a\ufffd", member.Value.MendedText());
    }

    [Fact]
    public void A_graph_error_with_half_a_surrogate_pair_is_read_like_any_other()
    {
        using var answer = JsonDocument.Parse("""{"error":{"code":"131026","message":"Undeliverable \ud83d","error_data":{"details":"\ude00!"}}}""");

        var error = GraphError.Read(answer.RootElement, "token")!;

        Assert.Equal((131026, "Undeliverable \ufffd: \ufffd!"), (error.Code, error.Text));
    }
}
