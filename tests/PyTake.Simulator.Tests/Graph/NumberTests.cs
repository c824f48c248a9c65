using System.Net;

namespace PyTake.Simulator.Tests.Graph;

public sealed class NumberTests
{
    private const string Fields = "?fields=id,display_phone_number";

    [Fact]
    public async Task Any_number_is_proven_to_the_token_and_to_no_other()
    {
        await using var simulation = await Simulation.StartAsync();

        var other = await simulation.GetAsync($"/v23.0/880033{Fields}");
        var own = await simulation.GetAsync($"/v23.0/{Simulation.Number}");
        simulation.Http.DefaultRequestHeaders.Authorization = new("Bearer", "another");
        var refused = await simulation.GetAsync($"/v23.0/880033{Fields}");

        Assert.Equal("880033", other.Json.GetProperty("id").GetString());
        Assert.False(string.IsNullOrEmpty(other.Json.GetProperty("display_phone_number").GetString()));
        Assert.Equal(Simulation.Number, own.Json.GetProperty("id").GetString());
        Assert.Equal((HttpStatusCode.Unauthorized, 190), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task What_is_no_number_is_not_found()
    {
        await using var simulation = await Simulation.StartAsync();

        Assert.Equal(100, (await simulation.GetAsync($"/v23.0/mine{Fields}")).ErrorCode);
        // Without a number's fields it may be the id of a file that is gone.
        Assert.Equal(100, (await simulation.GetAsync("/v23.0/880033")).ErrorCode);
    }

    [Fact]
    public async Task A_rule_refuses_look_ups_of_a_number_and_says_nothing_to_customers()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync("rules", new { number = "880033", status = 401, times = 1 });
        await simulation.ControlAsync("rules", new { number = "*", status = 503, times = 1 });

        Assert.Equal(HttpStatusCode.OK, (await simulation.SendTextAsync("Oi")).Status);
        var first = await simulation.GetAsync($"/v23.0/880033{Fields}");
        var second = await simulation.GetAsync($"/v23.0/880044{Fields}");
        var third = await simulation.GetAsync($"/v23.0/880044{Fields}");

        Assert.Equal((190, 2, HttpStatusCode.OK), (first.ErrorCode, second.ErrorCode, third.Status));
        Assert.Equal(
            HttpStatusCode.BadRequest, (await simulation.ControlAsync("rules", new { number = "1", to = Simulation.Ana, status = 503 })).Status);
    }

    [Fact]
    public async Task A_rule_with_a_delay_makes_look_ups_hang()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time);
        await simulation.ControlAsync("rules", new { number = "880033", status = 200, delay_ms = 3_600_000 });

        var hanging = simulation.GetAsync($"/v23.0/880033{Fields}");
        Assert.Equal(HttpStatusCode.OK, (await simulation.GetAsync($"/v23.0/880044{Fields}")).Status);
        Assert.Equal(TimeSpan.FromHours(1), await time.MoveToNextTimerAsync());

        Assert.Equal(HttpStatusCode.OK, (await hanging).Status);
    }
}
