using System.Text;

namespace PyTake.Simulator.Tests.Webhooks;

public sealed class WebhookSenderTests
{
    private const string Message =
        """{"from":"5511911112222","message":{"type":"text","text":{"body":"São 10/10 😀"}}}""";

    [Fact]
    public async Task The_exact_bytes_are_signed_and_escaped_as_Meta_does()
    {
        await using var simulation = await Simulation.StartAsync();

        await simulation.ControlAsync("inbound", Message);

        var delivery = await simulation.Webhook.NextAsync();
        Assert.True(delivery.IsSignedWith(Simulation.Secret));
        Assert.Equal("application/json", delivery.ContentType);
        Assert.Contains(
            @"S\u00e3o 10\/10 \ud83d\ude00", Encoding.ASCII.GetString(delivery.Body), StringComparison.Ordinal);
        Assert.Equal("São 10/10 😀", delivery.Message.GetProperty("text").GetProperty("body").GetString());
    }

    [Fact]
    public async Task A_webhook_that_is_not_answered_200_is_repeated_at_once_and_then_at_growing_intervals()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time);
        var answers = new Queue<int>([503, 500, 403, 204, 503, 302, 503, 200]);
        simulation.Webhook.Answer = _ => Task.FromResult(answers.Dequeue());

        await simulation.ControlAsync("inbound", Message);

        var deliveries = new List<Delivery>(await simulation.Webhook.NextAsync(2));
        foreach (var seconds in (int[])[1, 2, 4, 8, 15, 15])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), await time.MoveToNextTimerAsync());
            deliveries.Add(await simulation.Webhook.NextAsync());
        }
        Assert.Empty(answers);
        Assert.All(deliveries, delivery => Assert.Equal(deliveries[0].Body, delivery.Body));
    }

    [Fact]
    public async Task After_seven_days_an_update_is_dropped()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time, statusDelayMs: 0);
        simulation.Webhook.Answer = delivery => Task.FromResult(delivery.StatusWord == "sent" ? 500 : 200);
        await simulation.SendTextAsync("Oi");
        Assert.Equal("sent", (await simulation.Webhook.NextAsync(2))[^1].StatusWord);

        await time.TimerAsync();
        time.Advance(TimeSpan.FromDays(7));

        Assert.Equal(
            ["sent", "delivered"], (await simulation.Webhook.NextAsync(2)).Select(delivery => delivery.StatusWord));
    }
}
