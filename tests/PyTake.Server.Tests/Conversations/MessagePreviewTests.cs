using PyTake.Json;

namespace PyTake.Conversations;

public sealed class MessagePreviewTests
{
    [Theory]
    [InlineData("👍🏽")]
    [InlineData("👨‍👩‍👧‍👦")]
    [InlineData("🇧🇷")]
    [InlineData("❤️")]
    [InlineData("🏴󠁧󠁢󠁥󠁮󠁧󠁿")]
    [InlineData("é")]
    [InlineData("😀")]
    [InlineData("1️⃣")]
    public void Never_cuts_a_character_in_two(string character)
    {
        for (var before = 120 - character.Length; before <= 120; before++)
        {
            var text = new string('x', before) + character + "yyyyyyyyy";

            var preview = MessagePreview.Of(RawJson.Of(new { text }));

            Assert.Equal(new string('x', before) + (before + character.Length <= 120 ? character + new string('y', 120 - before - character.Length) : "") + "…", preview);
        }
    }

    [Fact]
    public void A_character_without_an_end_is_cut_between_code_points()
    {
        var preview = MessagePreview.Of(RawJson.Of(new { text = "x" + string.Concat(Enumerable.Repeat("👩‍", 100)) }));
        var marks = MessagePreview.Of(RawJson.Of(new { text = "z" + new string('\u0301', 500) }));

        Assert.All([preview, marks], p => Assert.InRange(p.Length, 1, 121));
        Assert.DoesNotContain('\ufffd', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(preview)));
    }

    [Fact]
    public void A_short_text_stays_as_it_is() => Assert.Equal("Olá 👨‍👩‍👧‍👦", MessagePreview.Of(RawJson.Of(new { text = "Olá 👨‍👩‍👧‍👦" })));
}
