using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PyTake.Json;

/// <summary>A number is kept if PostgreSQL gives it back no longer than it was written; PostgreSQL itself is asked.</summary>
public sealed class JsonNumbersTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Theory]
    [InlineData("0", true)]
    [InlineData("-12.50", true)]
    [InlineData("1e1", true)]
    [InlineData("1.5e3", true)]
    [InlineData("12300e-2", true)]
    [InlineData("-1E+2", true)]
    [InlineData("1e308", false)]
    [InlineData("1e9999", false)]
    [InlineData("1e99999999999999999999", false)]
    [InlineData("1e-9999", false)]
    [InlineData("1e-5", false)]
    [InlineData("0e9999", false)]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234", true)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345", false)]
    public void A_number_that_grows_is_not_kept(string number, bool isKept) => Assert.Equal(isKept, JsonNumbers.IsKept(Encoding.ASCII.GetBytes(number)));

    [Fact]
    public async Task What_is_kept_comes_back_no_longer_whatever_it_is()
    {
        var random = new Random(15);
        var numbers = Enumerable.Range(0, 3000).Select(_ => Number(random)).ToArray();
        foreach (var number in numbers) using (JsonDocument.Parse(number)) { }

        var kept = numbers.Where(number => JsonNumbers.IsKept(Encoding.ASCII.GetBytes(number))).ToArray();
        var stored = await fixture.Database.QueryAsync<string>("select j.number::jsonb::text from unnest(@kept) with ordinality as j (number, place) order by place", new { kept });

        Assert.InRange(kept.Length, 300, 2700);
        Assert.All(kept.Zip(stored), pair => Assert.True(pair.Second.Length <= pair.First.Length, $"{pair.First} comes back as {pair.Second}"));
    }

    private static string Number(Random random)
    {
        string Digits(int most) => string.Concat(Enumerable.Range(0, random.Next(1, most)).Select(_ => (char)('0' + random.Next(10))));
        var text = new StringBuilder(random.Next(3) == 0 ? "-" : "").Append(random.Next(3) == 0 ? "0" : $"{random.Next(1, 10)}{Digits(random.Next(2, 40))}");
        if (random.Next(2) == 0) text.Append('.').Append(Digits(20));
        if (random.Next(3) > 0) text.Append(random.Next(2) == 0 ? 'e' : 'E').Append(((string[])["", "+", "-"])[random.Next(3)]).Append(random.Next(((int[])[4, 40, 400, 100_000])[random.Next(4)]).ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
