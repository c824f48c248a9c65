using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PyTake.Simulator.Tests.Messages;

public sealed class MessageEndpointsTests
{
    [Fact]
    public async Task An_accepted_message_is_answered_with_its_contact_and_its_wamid()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.SendTextAsync("Bom dia", to: "+55 (11) 91111-2222");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("whatsapp", answer.Json.GetProperty("messaging_product").GetString());
        var contact = answer.Json.GetProperty("contacts")[0];
        Assert.Equal("+55 (11) 91111-2222", contact.GetProperty("input").GetString());
        Assert.Equal(Simulation.Ana, contact.GetProperty("wa_id").GetString());
        Assert.StartsWith("wamid.", answer.Wamid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_message_has_a_wamid_of_its_own()
    {
        await using var simulation = await Simulation.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => simulation.SendTextAsync("Oi")));

        Assert.Equal(50, answers.Select(answer => answer.Wamid).Distinct().Count());
    }

    [Fact]
    public async Task A_message_without_a_type_is_a_text()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.SendAsync(
            new { messaging_product = "whatsapp", to = Simulation.Ana, text = new { body = "Oi" } });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task A_message_can_be_sent_to_a_user_id()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.SendAsync(
            new { messaging_product = "whatsapp", recipient = "BR.8842kd", text = new { body = "Oi" } });

        Assert.Equal(
            """[{"input":"BR.8842kd","user_id":"BR.8842kd"}]""", answer.Json.GetProperty("contacts").GetRawText());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer another-token")]
    [InlineData("Basic the-token")]
    [InlineData("Bearer")]
    public async Task A_bad_token_is_error_190_in_the_shape_of_Meta(string? authorization)
    {
        await using var simulation = await Simulation.StartAsync();
        simulation.Http.DefaultRequestHeaders.Authorization =
            authorization is null ? null : AuthenticationHeaderValue.Parse(authorization);

        var answer = await simulation.SendTextAsync("Oi");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal(190, answer.ErrorCode);
        Assert.Equal("OAuthException", answer.Error.GetProperty("type").GetString());
        Assert.NotEmpty(answer.Error.GetProperty("fbtrace_id").GetString()!);
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_is_refused_and_listed()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.PostAsync(
            $"/v23.0/{Simulation.Number}/messages", new StringContent("{no", Encoding.UTF8, "application/json"));

        Assert.Equal(100, answer.ErrorCode);
        Assert.Equal("{no", Assert.Single(await simulation.SentAsync()).GetProperty("body").GetString());
    }

    [Fact]
    public async Task A_customers_message_can_be_marked_as_read_with_a_typing_indicator()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);

        var answer = await simulation.SendAsync(new
        {
            messaging_product = "whatsapp",
            status = "read",
            message_id = "wamid.TEST",
            typing_indicator = new { type = "text" },
        });

        Assert.Equal("""{"success":true}""", answer.Json.GetRawText());
        var listed = Assert.Single(await simulation.SentAsync());
        Assert.Equal("wamid.TEST", listed.GetProperty("body").GetProperty("message_id").GetString());
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("wamid").ValueKind);
    }

    [Fact]
    public async Task Other_paths_of_the_Graph_API_answer_in_its_shape()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.GetAsync($"/v23.0/{Simulation.Number}/nothing");

        Assert.Equal(2500, answer.ErrorCode);
    }
}
