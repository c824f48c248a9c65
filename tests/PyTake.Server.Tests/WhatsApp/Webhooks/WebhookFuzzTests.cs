using System.Text;
using System.Text.Json;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Webhooks;

public sealed class WebhookFuzzTests
{
    private const int Rounds = 60;

    private static readonly string[] Pieces =
    [
        "null", "{}", "[]", "[null]", "0", "-1", "1e99999", "1e9999", "-1E+308", "1e-400", "{\"a\":[1e300]}", "true", "\"\"", "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud83d\"", "\"\xff\"",
        "[[[[]]]]", "{\"id\":7}", "\"5511911112222\"", "\"wamid.X\"", "\"unsupported\"", "\"history\"", ",", "\"", "\\", "]}", "{\"a\":", "\\u0000", "\\ud83d",
    ];

    public static TheoryData<string> All => [.. Fixture.Names];

    [Theory, MemberData(nameof(All))]
    public void Whatever_becomes_of_a_webhook_nothing_in_it_is_lost_and_nothing_throws(string name)
    {
        var random = new Random(Seed(name));
        var body = Fixture.Load(name).Body;
        var tokens = Tokens(body);
        for (var round = 0; round < Rounds; round++)
        {
            var mutant = body;
            for (var change = random.Next(1, 4); change > 0; change--)
                mutant = tokens.Count > 0 && random.Next(3) > 0 && mutant == body ? OtherToken(random, mutant, tokens) : OtherBytes(random, mutant);
            Check(mutant);
        }
    }

    [Fact]
    public void Noise_is_unreadable_and_nothing_worse()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            Check(noise);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_webhook_cut_off_anywhere_is_kept_whole(string name)
    {
        var body = Fixture.Load(name).Body;
        for (var length = 0; length < body.Length; length += Math.Max(1, body.Length / 100))
        {
            var item = Assert.Single(Given.Split(body[..length]));
            Assert.Equal("unreadable", item.Kind);
            Assert.Equal(length, item.Payload.Length);
            Assert.IsType<NotUnderstood>(Given.Read(item));
        }
    }

    private static void Check(byte[] body)
    {
        var items = Given.Split(body);
        Assert.NotEmpty(items);
        var kept = new List<string>();
        foreach (var item in items)
        {
            Assert.InRange(item.Partition, 0, Partitions.Count - 1);
            var inside = Identified(item.Payload.ToArray());
            Assert.InRange(inside.Count, 0, 1);
            kept.AddRange(inside);
            Stored.Check(Given.Read(item));
        }
        Assert.All(Identified(body), update => Assert.Contains(update, kept));
    }

    private static List<string> Identified(byte[] body)
    {
        try
        {
            return [.. WebhookSplitterTests.IdentifiedUpdates(body)];
        }
        catch (InvalidOperationException)
        {
            // The ordinary parser throws this for a name with a lone surrogate.
            return [];
        }
    }

    private static byte[] OtherToken(Random random, byte[] body, List<Range> tokens)
        => Replace(body, tokens[random.Next(tokens.Count)], Encoding.Latin1.GetBytes(Pieces[random.Next(Pieces.Length)]));

    private static byte[] OtherBytes(Random random, byte[] body)
    {
        var start = random.Next(body.Length + 1);
        var end = Math.Min(body.Length, start + random.Next(12));
        return random.Next(4) switch
        {
            0 => Replace(body, start..end, []),
            1 => Replace(body, start..start, body.AsSpan(start..end)),
            2 => Replace(body, start..Math.Min(body.Length, start + 1), [(byte)random.Next(256)]),
            _ => Replace(body, start..start, Encoding.Latin1.GetBytes(Pieces[random.Next(Pieces.Length)])),
        };
    }

    private static byte[] Replace(byte[] body, Range range, ReadOnlySpan<byte> piece) => [.. body.AsSpan(..range.Start.Value), .. piece, .. body.AsSpan(range.End.Value..)];

    /// <summary>The positions of the single values in a JSON text; none if it is not JSON.</summary>
    private static List<Range> Tokens(byte[] body)
    {
        var tokens = new List<Range>();
        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
                if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray or JsonTokenType.StartObject or JsonTokenType.EndObject))
                    tokens.Add((int)reader.TokenStartIndex..((int)reader.TokenStartIndex + reader.ValueSpan.Length + (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0)));
        }
        catch (JsonException)
        {
            tokens.Clear();
        }
        return tokens;
    }

    /// <summary>The same in every run.</summary>
    private static int Seed(string name) => name.Aggregate(17, (seed, character) => unchecked(seed * 31 + character));
}
