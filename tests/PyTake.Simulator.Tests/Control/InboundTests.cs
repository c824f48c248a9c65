using System.Net;
using System.Text;
using System.Text.Json;

namespace PyTake.Simulator.Tests.Control;

public sealed class InboundTests
{
    [Fact]
    public async Task A_customers_message_reaches_the_webhook_in_the_shape_of_Meta()
    {
        await using var simulation = await Simulation.StartAsync(new FakeTime());

        var answer = await simulation.ControlAsync("inbound", new
        {
            from = "+" + Simulation.Ana,
            name = "Ana Prado",
            message = new { type = "text", text = new { body = "Bom dia" } },
        });

        var delivery = await simulation.Webhook.NextAsync();
        var wamid = delivery.Message.GetProperty("id").GetString();
        Assert.Equal($$"""{"wamid":"{{wamid}}","status":200}""", answer.Json.GetRawText());
        Assert.Equal(
            """
            {"object":"whatsapp_business_account","entry":[{"id":"10770022","changes":[{"value":{
            "messaging_product":"whatsapp",
            "metadata":{"display_phone_number":"5511900000000","phone_number_id":"770022"},
            "contacts":[{"profile":{"name":"Ana Prado"},"wa_id":"5511911112222"}],
            "messages":[{"type":"text","text":{"body":"Bom dia"},
            "from":"5511911112222","id":"WAMID","timestamp":"1788264000"}]},
            "field":"messages"}]}]}
            """.ReplaceLineEndings("").Replace("WAMID", wamid, StringComparison.Ordinal),
            Encoding.ASCII.GetString(delivery.Body).Replace("\\/", "/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Members_that_the_message_has_are_kept()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.ControlAsync("inbound", new
        {
            from = Simulation.Ana,
            message = new { from = "5511900001111", id = "wamid.MINE", timestamp = "1700000000", type = "order" },
        });

        var message = (await simulation.Webhook.NextAsync()).Message;
        Assert.Equal("wamid.MINE", answer.Json.GetProperty("wamid").GetString());
        Assert.Equal(
            """{"from":"5511900001111","id":"wamid.MINE","timestamp":"1700000000","type":"order"}""",
            message.GetRawText());
    }

    [Theory]
    [InlineData("5511911112222", null, "context", "id")]
    [InlineData("5511911112222", "BR.8842kd", "reaction", "message_id")]
    [InlineData(null, "BR.9953le", "revoke", "original_message_id")]
    [InlineData("5511911112222", "BR.8842kd", "edit", "original_message_id")]
    public async Task A_customer_names_messages_by_other_ids_with_the_same_inner_key(string? from, string? userId, string name, string member)
    {
        await using var simulation = await Simulation.StartAsync();
        async Task<JsonElement> Write(object message)
        {
            await simulation.ControlAsync("inbound", new { from, user_id = userId, message });
            return (await simulation.Webhook.NextAsync()).Message;
        }
        var first = (await Write(new { type = "text", text = new { body = "Oi" } })).GetProperty("id").GetString()!;
        var sent = (await simulation.SendAsync(from is null
            ? new { messaging_product = "whatsapp", recipient = userId, type = "text", text = new { body = "Olá" } }
            : (object)new { messaging_product = "whatsapp", to = from, type = "text", text = new { body = "Olá" } })).Wamid;

        foreach (var wamid in (string[])[first, sent])
        {
            var message = await Write(new Dictionary<string, object> { ["type"] = name == "context" ? "text" : name, [name] = new Dictionary<string, string> { [member] = wamid } });
            var named = message.GetProperty(name).GetProperty(member).GetString()!;
            Assert.NotEqual(wamid, named);
            Assert.Equal(Tail(wamid), Tail(named));
        }
    }

    private static string Tail(string wamid) => Encoding.ASCII.GetString(Convert.FromBase64String(wamid["wamid.".Length..]))[^19..^1];

    [Fact]
    public async Task The_message_is_passed_on_as_it_is_even_with_half_an_emoji_and_NUL()
    {
        await using var simulation = await Simulation.StartAsync();

        await simulation.ControlAsync(
            "inbound", """{"from":"5511911112222","message":{"type":"text","text":{"body":"\ud83d \u0000 \/"}}}""");

        var delivery = await simulation.Webhook.NextAsync();
        Assert.True(delivery.IsSignedWith(Simulation.Secret));
        Assert.Equal("""{"body":"\ud83d \u0000 \/"}""", delivery.Message.GetProperty("text").GetRawText());
    }

    [Fact]
    public async Task A_customer_who_hides_their_number_has_only_a_user_id()
    {
        await using var simulation = await Simulation.StartAsync();

        await simulation.ControlAsync(
            "inbound", new { user_id = "BR.8842kd", name = "Ana", message = new { type = "order" } });

        var delivery = await simulation.Webhook.NextAsync();
        Assert.Equal(
            """[{"profile":{"name":"Ana"},"user_id":"BR.8842kd"}]""",
            delivery.Value.GetProperty("contacts").GetRawText());
        Assert.False(delivery.Message.TryGetProperty("from", out _));
        Assert.Equal("BR.8842kd", delivery.Message.GetProperty("from_user_id").GetString());
    }

    [Fact]
    public async Task A_user_id_that_was_seen_with_a_number_is_in_its_statuses()
    {
        await using var simulation = await Simulation.StartAsync(statusDelayMs: 0);
        await simulation.ControlAsync(
            "inbound", new { from = Simulation.Ana, user_id = "BR.8842kd", message = new { type = "order" } });
        await simulation.Webhook.NextAsync();

        await simulation.SendTextAsync("Oi");

        var status = (await simulation.Webhook.NextAsync()).Status;
        Assert.Equal(Simulation.Ana, status.GetProperty("recipient_id").GetString());
        Assert.Equal("BR.8842kd", status.GetProperty("recipient_user_id").GetString());
    }

    [Fact]
    public async Task A_name_is_remembered()
    {
        await using var simulation = await Simulation.StartAsync();
        await simulation.ControlAsync(
            "inbound", new { from = Simulation.Ana, name = "Ana", message = new { type = "order" } });
        await simulation.Webhook.NextAsync();

        await simulation.ControlAsync("inbound", new { from = Simulation.Ana, message = new { type = "order" } });

        Assert.Equal(
            """[{"profile":{"name":"Ana"},"wa_id":"5511911112222"}]""",
            (await simulation.Webhook.NextAsync()).Value.GetProperty("contacts").GetRawText());
    }

    [Fact]
    public async Task A_system_message_has_no_contact()
    {
        await using var simulation = await Simulation.StartAsync();

        await simulation.ControlAsync("inbound", new
        {
            from = Simulation.Ana,
            message = new { type = "system", system = new { type = "user_changed_number", wa_id = "5511922223333" } },
        });

        Assert.False((await simulation.Webhook.NextAsync()).Value.TryGetProperty("contacts", out _));
    }

    [Fact]
    public async Task A_customer_may_write_to_another_number()
    {
        await using var simulation = await Simulation.StartAsync();

        await simulation.ControlAsync(
            "inbound",
            new { from = Simulation.Ana, phone_number_id = "880033", message = new { type = "order" } });

        var metadata = (await simulation.Webhook.NextAsync()).Value.GetProperty("metadata");
        Assert.Equal("880033", metadata.GetProperty("phone_number_id").GetString());
    }

    [Fact]
    public async Task The_answer_has_the_status_that_the_webhook_answered()
    {
        await using var simulation = await Simulation.StartAsync(new FakeTime());
        simulation.Webhook.Answer = _ => Task.FromResult(503);
        var inbound = new { from = Simulation.Ana, message = new { type = "order" } };

        var refused = await simulation.ControlAsync("inbound", inbound);
        await simulation.Webhook.DisposeAsync();
        var unanswered = await simulation.ControlAsync("inbound", inbound);

        Assert.Equal(503, refused.Json.GetProperty("status").GetInt32());
        Assert.Equal(JsonValueKind.Null, unanswered.Json.GetProperty("status").ValueKind);
    }

    [Theory]
    [InlineData("from", """{"message":{"type":"text"}}""")]
    [InlineData("from", """{"from":"Ana","message":{"type":"text"}}""")]
    [InlineData("from", """{"from":5511911112222,"message":{"type":"text"}}""")]
    [InlineData("user_id", """{"user_id":"8842kd","message":{"type":"text"}}""")]
    [InlineData("phone_number_id", """{"from":"5511911112222","phone_number_id":"x","message":{"type":"text"}}""")]
    [InlineData("message", """{"from":"5511911112222"}""")]
    [InlineData("message", """{"from":"5511911112222","message":"Oi"}""")]
    [InlineData("message", """{"from":"5511911112222","message":{"text":{"body":"Oi"}}}""")]
    [InlineData("message.id", """{"from":"5511911112222","message":{"type":"text","id":1}}""")]
    [InlineData("message.timestamp", """{"from":"5511911112222","message":{"type":"text","timestamp":1700000000}}""")]
    [InlineData("mesage", """{"from":"5511911112222","mesage":{"type":"text"}}""")]
    [InlineData("request", "{no")]
    public async Task Bad_input_is_refused_and_named(string name, string json)
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.ControlAsync("inbound", json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(name, answer.Json.GetProperty("errors").GetRawText(), StringComparison.Ordinal);
        Assert.True(simulation.Webhook.IsEmpty);
    }
}
