using System.Net;

namespace PyTake.Simulator.Tests.Control;

public sealed class SettingsEndpointTests
{
    [Fact]
    public async Task Settings_that_are_left_out_keep_their_values()
    {
        await using var simulation = await Simulation.StartAsync();

        await simulation.ControlAsync("settings", new { status_delay_ms = 40 });
        await simulation.ControlAsync("settings", new { auto_statuses = true });

        Assert.Equal(
            """{"auto_statuses":true,"status_delay_ms":40}""",
            (await simulation.GetAsync("/_control/settings")).Json.GetRawText());
    }

    [Theory]
    [InlineData("status_delay_ms", """{"status_delay_ms":-1}""")]
    [InlineData("status_delay_ms", """{"status_delay_ms":"soon"}""")]
    [InlineData("auto_statuses", """{"auto_statuses":1}""")]
    [InlineData("autostatuses", """{"autostatuses":true}""")]
    public async Task Bad_input_is_refused_and_named(string name, string json)
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.ControlAsync("settings", json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(name, answer.Json.GetProperty("errors").GetRawText(), StringComparison.Ordinal);
    }
}
