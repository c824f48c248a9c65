using System.Text;
using PyTake.Simulator.Webhooks;

namespace PyTake.Simulator.Tests.Webhooks;

public sealed class MetaJsonTests
{
    [Theory]
    [InlineData("""{"a":"plain"}""", """{"a":"plain"}""")]
    [InlineData("\"São\"", """
        "S\u00e3o"
        """)]
    [InlineData("\"😀\"", """
        "\ud83d\ude00"
        """)]
    [InlineData("\"https://a/b\"", """
        "https:\/\/a\/b"
        """)]
    [InlineData("""
        "\/ \\/ \" \u00E7 \ud83d"
        """, """
        "\/ \\\/ \" \u00E7 \ud83d"
        """)]
    public void Json_is_escaped_as_Meta_does_and_only_once(string json, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(MetaJson.Escape(Encoding.UTF8.GetBytes(json))));
}
