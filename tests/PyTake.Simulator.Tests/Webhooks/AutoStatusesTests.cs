using System.Text.Json;

namespace PyTake.Simulator.Tests.Webhooks;

public sealed class AutoStatusesTests
{
    [Fact]
    public async Task A_message_is_sent_delivered_and_read_and_its_callback_data_comes_back()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);

        var answer = await simulation.SendTextAsync("Oi", callbackData: "outbox/17");

        var deliveries = await simulation.Webhook.NextAsync(3);
        Assert.Equal(["sent", "delivered", "read"], deliveries.Select(delivery => delivery.StatusWord));
        Assert.All(deliveries, delivery =>
        {
            Assert.Equal(answer.Wamid, delivery.Status.GetProperty("id").GetString());
            Assert.Equal(Simulation.Ana, delivery.Status.GetProperty("recipient_id").GetString());
            Assert.Equal("outbox/17", delivery.Status.GetProperty("biz_opaque_callback_data").GetString());
            Assert.Equal(Simulation.Ana, delivery.Value.GetProperty("contacts")[0].GetProperty("wa_id").GetString());
            Assert.Equal(JsonValueKind.String, delivery.Status.GetProperty("timestamp").ValueKind);
        });
    }

    [Fact]
    public async Task Prices_and_conversations_come_with_sent_and_delivered()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);

        await simulation.SendTextAsync("Oi");

        var statuses = (await simulation.Webhook.NextAsync(3)).Select(delivery => delivery.Status).ToArray();
        Assert.Equal("service", statuses[0].GetProperty("pricing").GetProperty("category").GetString());
        Assert.Equal("PMP", statuses[1].GetProperty("pricing").GetProperty("pricing_model").GetString());
        Assert.True(statuses[0].GetProperty("conversation").TryGetProperty("expiration_timestamp", out _));
        Assert.Equal(
            statuses[0].GetProperty("conversation").GetProperty("id").GetString(),
            statuses[1].GetProperty("conversation").GetProperty("id").GetString());
        Assert.False(statuses[2].TryGetProperty("pricing", out _));
        Assert.False(statuses[2].TryGetProperty("biz_opaque_callback_data", out _));
    }

    [Fact]
    public async Task A_template_is_billed_by_its_category()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);

        await simulation.SendAsync("template", new { name = "hello_world", language = new { code = "pt_BR" } });

        var pricing = (await simulation.Webhook.NextAsync()).Status.GetProperty("pricing");
        Assert.Equal("utility", pricing.GetProperty("category").GetString());
        Assert.True(pricing.GetProperty("billable").GetBoolean());
    }

    [Fact]
    public async Task A_reaction_is_only_sent()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);

        await simulation.SendAsync("reaction", new { message_id = "wamid.X", emoji = "👍" });
        var text = await simulation.SendTextAsync("Oi");

        var deliveries = await simulation.Webhook.NextAsync(4);
        Assert.Equal(["sent", "sent", "delivered", "read"], deliveries.Select(delivery => delivery.StatusWord));
        Assert.All(
            deliveries[1..], delivery => Assert.Equal(text.Wamid, delivery.Status.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_group_is_named_as_such()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);

        await simulation.SendAsync(new
        {
            messaging_product = "whatsapp",
            recipient_type = "group",
            to = "Y2FwaV9ncm91cA",
            text = new { body = "Oi" },
        });

        var delivery = await simulation.Webhook.NextAsync();
        Assert.Equal("group", delivery.Status.GetProperty("recipient_type").GetString());
        Assert.Equal("Y2FwaV9ncm91cA", delivery.Status.GetProperty("recipient_id").GetString());
        Assert.False(delivery.Value.TryGetProperty("contacts", out _));
    }

    [Fact]
    public async Task Statuses_come_after_the_delay_that_is_set()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time, statusDelayMs: 700);

        await simulation.SendTextAsync("Oi");

        foreach (var word in (string[])["sent", "delivered", "read"])
        {
            Assert.Equal(TimeSpan.FromMilliseconds(700), await time.MoveToNextTimerAsync());
            Assert.Equal(word, (await simulation.Webhook.NextAsync()).StatusWord);
        }
    }

    [Fact]
    public async Task Statuses_for_one_recipient_keep_their_order_while_the_webhook_fails()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time, statusDelayMs: 0);
        var failures = 2;
        simulation.Webhook.Answer = _ => Task.FromResult(failures-- > 0 ? 503 : 200);

        var first = await simulation.SendTextAsync("first");
        Assert.All(await simulation.Webhook.NextAsync(2), delivery => Assert.Equal("sent", delivery.StatusWord));
        var second = await simulation.SendTextAsync("second");
        await time.MoveToNextTimerAsync();

        Assert.Equal(
            [
                (first.Wamid, "sent"), (second.Wamid, "sent"), (first.Wamid, "delivered"), (second.Wamid, "delivered"),
                (first.Wamid, "read"), (second.Wamid, "read"),
            ],
            (await simulation.Webhook.NextAsync(6)).Select(delivery =>
                (delivery.Status.GetProperty("id").GetString()!, delivery.StatusWord)));
    }

    [Fact]
    public async Task A_webhook_that_hangs_for_one_recipient_delays_no_other()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);
        var release = new TaskCompletionSource();
        simulation.Webhook.Answer = async delivery =>
        {
            if (delivery.Status.GetProperty("recipient_id").GetString() == Simulation.Ana)
                await release.Task.WaitAsync(Deadline.Patience);
            return 200;
        };

        await simulation.SendTextAsync("slow");
        Assert.Equal("sent", (await simulation.Webhook.NextAsync()).StatusWord);
        await simulation.SendTextAsync("quick", to: "5511933334444");

        var quick = await simulation.Webhook.NextAsync(3);
        Assert.All(quick, delivery =>
            Assert.Equal("5511933334444", delivery.Status.GetProperty("recipient_id").GetString()));
        release.SetResult();
        Assert.Equal(
            ["delivered", "read"], (await simulation.Webhook.NextAsync(2)).Select(delivery => delivery.StatusWord));
    }

    [Fact]
    public async Task No_status_is_sent_while_automatic_statuses_are_off()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.SendTextAsync("Oi");
        await simulation.ControlAsync("statuses", new { wamid = answer.Wamid, status = "read" });

        Assert.Equal("read", (await simulation.Webhook.NextAsync()).StatusWord);
        Assert.True(simulation.Webhook.IsEmpty);
    }
}
