using System.Net;

namespace PyTake.Simulator.Tests.Control;

public sealed class StatusesTests
{
    [Fact]
    public async Task A_status_reaches_the_webhook()
    {
        await using var simulation = await Simulation.StartAsync();
        var wamid = (await simulation.SendTextAsync("Oi", callbackData: "outbox/17")).Wamid;

        var answer = await simulation.ControlAsync("statuses", new { wamid, status = "played" });

        var delivery = await simulation.Webhook.NextAsync();
        Assert.Equal(200, answer.Json.GetProperty("status").GetInt32());
        Assert.True(delivery.IsSignedWith(Simulation.Secret));
        Assert.Equal("played", delivery.StatusWord);
        Assert.Equal(wamid, delivery.Status.GetProperty("id").GetString());
        Assert.Equal("outbox/17", delivery.Status.GetProperty("biz_opaque_callback_data").GetString());
    }

    [Fact]
    public async Task A_failure_has_the_errors_that_were_given_with_their_titles()
    {
        await using var simulation = await Simulation.StartAsync();
        var wamid = (await simulation.SendTextAsync("Oi")).Wamid;

        await simulation.ControlAsync("statuses", new
        {
            wamid,
            status = "failed",
            errors = new[] { new { code = 131047, error_data = new { details = "24 h" } } },
        });

        var delivery = await simulation.Webhook.NextAsync();
        Assert.Equal(
            """
            [{"code":131047,"title":"Re-engagement message","message":"Re-engagement message",
            "error_data":{"details":"24 h"}}]
            """.ReplaceLineEndings(""),
            delivery.Status.GetProperty("errors").GetRawText());
        Assert.False(delivery.Value.TryGetProperty("contacts", out _));
    }

    [Fact]
    public async Task A_failure_without_an_error_is_undeliverable()
    {
        await using var simulation = await Simulation.StartAsync();
        var wamid = (await simulation.SendTextAsync("Oi")).Wamid;

        await simulation.ControlAsync("statuses", new { wamid, status = "failed" });

        var error = (await simulation.Webhook.NextAsync()).Status.GetProperty("errors")[0];
        Assert.Equal(131026, error.GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData("wamid", """{"status":"read"}""")]
    [InlineData("wamid", """{"wamid":"wamid.UNKNOWN","status":"read"}""")]
    [InlineData("status", """{"wamid":"wamid.X"}""")]
    [InlineData("status", """{"wamid":"wamid.X","status":"seen"}""")]
    [InlineData("code", """{"wamid":"wamid.X","status":"failed","errors":[{}]}""")]
    [InlineData("errors", """{"wamid":"wamid.X","status":"failed","errors":[null]}""")]
    public async Task Bad_input_is_refused_and_named(string name, string json)
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.ControlAsync("statuses", json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(name, answer.Json.GetProperty("errors").GetRawText(), StringComparison.Ordinal);
    }
}
