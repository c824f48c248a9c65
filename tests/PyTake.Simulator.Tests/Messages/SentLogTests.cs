using System.Net.Http.Headers;

namespace PyTake.Simulator.Tests.Messages;

public sealed class SentLogTests
{
    [Fact]
    public async Task Requests_are_listed_in_the_order_of_arrival_with_their_outcome()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time);

        var first = await simulation.SendTextAsync("first");
        var refused = await simulation.SendTextAsync("");
        var third = await simulation.SendAsync(
            new { messaging_product = "whatsapp", to = Simulation.Ana, text = new { body = "third" } },
            number: "880033");

        var sent = await simulation.SentAsync();
        Assert.Equal([1, 2, 3], sent.Select(request => request.GetProperty("n").GetInt64()));
        Assert.Equal(
            ["770022", "770022", "880033"], sent.Select(request => request.GetProperty("phone_number_id").GetString()));
        Assert.Equal(
            [first.Wamid, null, third.Wamid], sent.Select(request => request.GetProperty("wamid").GetString()));
        Assert.Equal("third", sent[2].GetProperty("body").GetProperty("text").GetProperty("body").GetString());
        Assert.All(sent, request => Assert.Equal("2026-09-01T12:00:00Z", request.GetProperty("at").GetString()));
        Assert.Equal(131008, refused.ErrorCode);
    }

    [Fact]
    public async Task Only_requests_after_a_given_number_are_listed()
    {
        await using var simulation = await Simulation.StartAsync();
        for (var i = 0; i < 3; i++)
            await simulation.SendTextAsync("Oi");

        Assert.Equal(3, Assert.Single(await simulation.SentAsync(after: 2)).GetProperty("n").GetInt32());
        Assert.Empty(await simulation.SentAsync(after: 3));
        Assert.Equal(3, (await simulation.SentAsync(after: -1)).Length);
    }

    [Fact]
    public async Task Thousands_are_listed()
    {
        await using var simulation = await Simulation.StartAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 3000),
            TestContext.Current.CancellationToken,
            async (i, _) => await simulation.SendTextAsync($"message {i}", to: $"55119{i:D8}"));

        var sent = await simulation.SentAsync();

        Assert.Equal(Enumerable.Range(1, 3000), sent.Select(request => request.GetProperty("n").GetInt32()));
        Assert.Equal(3000, sent.Select(request => request.GetProperty("wamid").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task A_body_with_half_an_emoji_does_not_spoil_the_list()
    {
        await using var simulation = await Simulation.StartAsync();

        using var body = new StringContent(
            """{"messaging_product":"whatsapp","to":"5511911112222","text":{"body":"Oi"},"note":"\ud83d"}""",
            MediaTypeHeaderValue.Parse("application/json"));
        await simulation.PostAsync($"/v23.0/{Simulation.Number}/messages", body);

        var listed = Assert.Single(await simulation.SentAsync()).GetProperty("body");
        Assert.Equal("\"\\ud83d\"", listed.GetProperty("note").GetRawText());
    }
}
