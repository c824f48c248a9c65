using System.Net;
using System.Net.Http.Json;

namespace PyTake.Simulator.Tests.Control;

public sealed class RulesTests
{
    [Fact]
    public async Task A_rule_answers_one_customers_requests_a_number_of_times()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync(
            "rules", new { to = "+" + Simulation.Ana, status = 400, error = new { code = 131056 }, times = 2 });

        var other = await simulation.SendTextAsync("Oi", to: "5511933334444");
        var first = await simulation.SendTextAsync("Oi");
        var left = (await simulation.GetAsync("/_control/rules")).Json;
        var second = await simulation.SendTextAsync("Oi");
        var third = await simulation.SendTextAsync("Oi");

        Assert.Equal(HttpStatusCode.OK, other.Status);
        Assert.Equal(131056, first.ErrorCode);
        Assert.Equal(1, left[0].GetProperty("times").GetInt32());
        Assert.Equal(131056, second.ErrorCode);
        Assert.Equal(HttpStatusCode.OK, third.Status);
        Assert.Equal("[]", (await simulation.GetAsync("/_control/rules")).Json.GetRawText());
    }

    [Fact]
    public async Task A_given_error_is_answered_with_the_members_that_Meta_always_sends()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync(
            "rules",
            """{"status":429,"error":{"code":130429,"error_data":{"details":"slow down"},"is_transient":true}}""");

        var answer = await simulation.SendTextAsync("Oi");

        Assert.Equal(429, (int)answer.Status);
        Assert.Equal("(#130429) Rate limit hit", answer.Error.GetProperty("message").GetString());
        Assert.Equal("slow down", answer.Error.GetProperty("error_data").GetProperty("details").GetString());
        Assert.True(answer.Error.GetProperty("is_transient").GetBoolean());
        Assert.NotEmpty(answer.Error.GetProperty("fbtrace_id").GetString()!);
    }

    [Theory]
    [InlineData(401, 190)]
    [InlineData(429, 130429)]
    [InlineData(503, 2)]
    public async Task Without_an_error_the_status_chooses_one(int status, int code)
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync("rules", new { status });

        var answer = await simulation.SendTextAsync("Oi");

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(code, answer.ErrorCode);
    }

    [Fact]
    public async Task The_oldest_rule_goes_first_until_it_is_used_up()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync("rules", new { status = 500, times = 1 });
        await simulation.ControlAsync("rules", new { status = 429, times = 1 });

        Assert.Equal(500, (int)(await simulation.SendTextAsync("Oi")).Status);
        Assert.Equal(429, (int)(await simulation.SendTextAsync("Oi")).Status);
        Assert.Equal(200, (int)(await simulation.SendTextAsync("Oi")).Status);
    }

    [Fact]
    public async Task Deleted_rules_answer_nothing()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync("rules", new { status = 500 });

        var deleted = await simulation.DeleteAsync("/_control/rules");

        Assert.Equal("[]", deleted.Json.GetRawText());
        Assert.Equal(HttpStatusCode.OK, (await simulation.SendTextAsync("Oi")).Status);
    }

    [Fact]
    public async Task Marking_as_read_uses_no_rule_up()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync("rules", new { status = 500, times = 1 });

        var read = await simulation.SendAsync(
            new { messaging_product = "whatsapp", status = "read", message_id = "wamid.X", to = Simulation.Ana });

        Assert.Equal(HttpStatusCode.OK, read.Status);
        Assert.Equal(500, (int)(await simulation.SendTextAsync("Oi")).Status);
    }

    [Fact]
    public async Task A_delayed_request_is_listed_at_once_and_can_be_overtaken_by_its_status()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time, statusDelayMs: 0);
        await simulation.ControlAsync("rules", new { status = 200, delay_ms = 5000 });

        var sending = simulation.SendTextAsync("Oi");
        var delay = await time.TimerAsync();
        var wamid = Assert.Single(await simulation.SentAsync()).GetProperty("wamid").GetString();
        await simulation.ControlAsync("statuses", new { wamid, status = "delivered" });

        Assert.Equal("delivered", (await simulation.Webhook.NextAsync()).StatusWord);
        Assert.False(sending.IsCompleted);
        Assert.Equal(TimeSpan.FromSeconds(5), delay);
        time.Advance(delay);
        Assert.Equal(wamid, (await sending).Wamid);
        Assert.Equal("sent", (await simulation.Webhook.NextAsync()).StatusWord);
    }

    [Fact]
    public async Task A_message_is_accepted_late_even_where_the_caller_has_gone()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time, statusDelayMs: 0);
        await simulation.ControlAsync("rules", new { status = 200, delay_ms = 30_000, times = 1 });
        using var patience = new CancellationTokenSource();

        var sending = simulation.Http.PostAsync(
            $"/v23.0/{Simulation.Number}/messages",
            JsonContent.Create(new { messaging_product = "whatsapp", to = Simulation.Ana, text = new { body = "Oi" } }),
            patience.Token);
        var delay = await time.TimerAsync();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        time.Advance(delay);

        var delivery = await simulation.Webhook.NextAsync();
        Assert.Equal("sent", delivery.StatusWord);
        Assert.Equal(
            (await simulation.SentAsync())[0].GetProperty("wamid").GetString(),
            delivery.Status.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_delayed_refusal_makes_no_message()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time, statusDelayMs: 0);
        await simulation.ControlAsync("rules", new { status = 503, delay_ms = 1000, times = 1 });

        var sending = simulation.SendTextAsync("Oi");
        await time.MoveToNextTimerAsync();

        Assert.Equal(503, (int)(await sending).Status);
        var next = await simulation.SendTextAsync("Oi");
        Assert.Equal(next.Wamid, (await simulation.Webhook.NextAsync()).Status.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("status", """{}""")]
    [InlineData("status", """{"status":302}""")]
    [InlineData("status", """{"status":"bad"}""")]
    [InlineData("error", """{"status":200,"error":{"code":1}}""")]
    [InlineData("code", """{"status":400,"error":{"message":"no"}}""")]
    [InlineData("delay_ms", """{"status":500,"delay_ms":-1}""")]
    [InlineData("times", """{"status":500,"times":0}""")]
    [InlineData("media", """{"status":500,"media":"all"}""")]
    [InlineData("fault", """{"status":200,"fault":"truncated"}""")]
    [InlineData("fault", """{"status":500,"media":"download","fault":"truncated"}""")]
    [InlineData("delay", """{"status":500,"delay":10}""")]
    public async Task Bad_input_is_refused_and_named(string name, string json)
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.ControlAsync("rules", json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(name, answer.Json.GetProperty("errors").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("[]", (await simulation.GetAsync("/_control/rules")).Json.GetRawText());
    }
}
