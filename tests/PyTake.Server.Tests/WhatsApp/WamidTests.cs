namespace PyTake.WhatsApp;

public sealed class WamidTests
{
    private const string Business = "wamid.HBgNNTUyMTkwNDg3NTkxNxUCABIYIDhGNDA4NUYxQTVEQURFRUQyQjg3OTYyMUEwQzU2QTg5AA==";
    private const string Customer = "wamid.HBgSQlIuNTU0MTg4NzQzNjMzMzY5FRQAEhggOEY0MDg1RjFBNURBREVFRDJCODc5NjIxQTBDNTZBODkA";
    private const string Sent = "wamid.HBgLMTY1MDUwNzY1MjAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA";

    /// <summary>Ids with and without a key.</summary>
    public static readonly string[] Samples =
    [
        Business, Customer, Sent, Business.TrimEnd('='), "", "wamid.", "wamid.HB", "wamid.HBg", "wamid.HBgN000001ffffffffffffffffffffffffffffffff",
        "wamid.A149CF8A1748448DBE9BD9B302BD5E50", "wamid.HBgNNTUyMTkwNDg3NTkxNxUCABIYIDhG====", "wamid.HBgNNTUyMTkw NDg3", "wamid.HBçã", "HBgNNTUy",
    ];

    [Fact]
    public void Both_sides_ids_of_a_message_have_one_key()
    {
        Assert.Equal("8F4085F1A5DADEED2B879621A0C56A89", Wamid.InnerKey(Business));
        Assert.Equal(Wamid.InnerKey(Business), Wamid.InnerKey(Customer));
        Assert.Equal("9A3CA5B3D4CD6E67E7", Wamid.InnerKey(Sent));
        Assert.True(Wamid.MayBeSame(Business, Customer));
        Assert.False(Wamid.MayBeSame(Business, Sent));
    }

    [Fact]
    public void Ids_in_no_form_that_is_known_have_none_and_are_only_the_same_as_themselves()
    {
        Assert.All(Samples[4..], wamid => Assert.Null(Wamid.InnerKey(wamid)));
        Assert.All(Samples, wamid => Assert.True(Wamid.MayBeSame(wamid, wamid)));
        Assert.False(Wamid.MayBeSame("wamid.A", "wamid.B"));
        Assert.Null(Wamid.InnerKey("wamid.HB" + new string('A', 5000)));
    }
}
