using System.Net.Http.Json;
using System.Text.Json;

namespace PyTake.Cluster;

/// <summary>A customer's message reaches every agent's browser, and the answer comes back, through any node.</summary>
public sealed class DeliveryTests
{
    private readonly Cluster _cluster = Cluster.Current;

    [Fact]
    public async Task A_webhook_through_nginx_reaches_clients_on_both_nodes_and_through_nginx()
    {
        var tenant = await _cluster.TenantAsync();
        var stranger = await _cluster.TenantAsync();
        var customer = Cluster.Customer();
        var conversation = await tenant.ConversationAsync(customer);
        await using var elsewhere = await SignalRClient.ConnectAsync(_cluster.Node(1), stranger.Token);
        await using var first = await Joined(_cluster.Node(0), tenant, conversation);
        await using var second = await Joined(_cluster.Node(1), tenant, conversation);
        await using var front = await Joined(_cluster.Front, tenant, conversation);

        Assert.Equal(200, await _cluster.WebhookAsync(_cluster.Front, tenant.Text(customer, "Tem em azul?")));
        foreach (var client in (SignalRClient[])[first, second, front])
        {
            var message = await client.Next("message:new");
            Assert.Equal(2, message.GetProperty("seq").GetInt64());
            Assert.Equal("Tem em azul?", message.GetProperty("content").GetProperty("text").GetString());
            var updated = await client.Next("conversation:updated", c => c.GetProperty("last_seq").GetInt64() == 2);
            Assert.Equal(2, updated.GetProperty("inbound_count").GetInt32());
        }
        await Assert.ThrowsAnyAsync<Exception>(() => elsewhere.Join(conversation));
        // Any event for the stranger would have arrived before the answer to this call.
        await elsewhere.Call("ping");
        Assert.DoesNotContain(elsewhere.Events, e => e.Name is "message:new" or "conversation:updated" or "conversation:unread_update");
    }

    [Fact]
    public async Task An_answer_goes_out_and_its_ticks_come_back()
    {
        var agent = await _cluster.DemoAsync();
        var customer = Cluster.Customer();
        var conversation = await agent.ConversationAsync(customer);
        await using var client = await Joined(_cluster.Node(1), agent, conversation);

        var sent = await agent.PostAsync($"/api/v1/conversations/{conversation}/messages", new
        {
            message_type = "text", content = new { text = "Temos sim" }, client_message_id = Guid.NewGuid().ToString(),
        });
        var id = sent.GetProperty("id").GetGuid();
        Assert.Equal("pending", sent.GetProperty("status").GetString());
        var told = await client.Next("message:new", m => m.GetProperty("id").GetGuid() == id);
        bool IsTick(JsonElement tick) => tick.GetProperty("message_id").GetGuid() == id;
        foreach (var status in (string[])["sent", "delivered", "read"])
            await client.Next("message:status", tick => IsTick(tick) && tick.GetProperty("status").GetString() == status);
        // WhatsApp says what the message costs after it has answered the request: a tick of its own.
        var ticks = client.All("message:status").Where(IsTick).ToArray();
        Assert.Equal(["sent", "delivered", "read"], ticks.Select(tick => tick.GetProperty("status").GetString()).Distinct());
        Assert.Equal(Enumerable.Range(1, ticks.Length).Select(n => told.GetProperty("seq").GetInt64() + n), ticks.Select(tick => tick.GetProperty("seq").GetInt64()));
        Assert.Contains(ticks, tick => tick.TryGetProperty("pricing", out _));

        var message = (await agent.MessagesAsync(conversation)).Single(m => m.GetProperty("id").GetGuid() == id);
        Assert.Equal("read", message.GetProperty("status").GetString());
        var wamid = message.GetProperty("whatsapp_message_id").GetString();
        using var simulator = _cluster.Http(_cluster.Read().Simulator.Url);
        var asked = (await simulator.GetFromJsonAsync<JsonElement>("/_control/sent?after=0", TestContext.Current.CancellationToken)).EnumerateArray()
            .Where(s => s.GetProperty("wamid").GetString() == wamid).ToArray();
        Assert.Equal("Temos sim", Assert.Single(asked).GetProperty("body").GetProperty("text").GetProperty("body").GetString());
    }

    [Fact]
    public async Task An_album_in_ten_parallel_requests_to_both_nodes_is_one_conversation_without_a_hole()
    {
        var tenant = await _cluster.TenantAsync();
        var customer = Cluster.Customer();
        await using var client = await SignalRClient.ConnectAsync(_cluster.Front, tenant.Token);
        await client.Watch();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n =>
            _cluster.WebhookAsync(_cluster.Node(n % 2), tenant.Webhook(Tenant.ImageMessage(customer, n)))));
        Assert.All(answers, status => Assert.Equal(200, status));

        await client.Next("conversation:updated", c => c.GetProperty("last_seq").GetInt64() == 10);
        var conversation = Assert.Single((await tenant.GetAsync("/api/v1/conversations")).EnumerateArray());
        var messages = await tenant.MessagesAsync(conversation.GetProperty("id").GetGuid());
        Assert.Equal(Enumerable.Range(1, 10).Select(n => (long)n), messages.Select(m => m.GetProperty("seq").GetInt64()));
    }

    [Fact]
    public async Task The_same_webhook_fifty_times_in_parallel_is_one_message()
    {
        var tenant = await _cluster.TenantAsync();
        var customer = Cluster.Customer();
        await using var client = await SignalRClient.ConnectAsync(_cluster.Node(0), tenant.Token);
        await client.Watch();
        var body = tenant.Text(customer, "uma vez");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => _cluster.WebhookAsync(_cluster.Node(n % 2), body)));
        Assert.All(answers, status => Assert.Equal(200, status));
        // This message follows the repeated ones in the customer's partition, so it is processed after them.
        Assert.Equal(200, await _cluster.WebhookAsync(_cluster.Front, tenant.Text(customer, "fim")));
        var updated = await client.Next("conversation:updated", c => c.GetProperty("last_seq").GetInt64() >= 2);
        var messages = await tenant.MessagesAsync(updated.GetProperty("id").GetGuid());
        Assert.Equal(["uma vez", "fim"], messages.Select(m => m.GetProperty("content").GetProperty("text").GetString()));
    }

    [Fact]
    public async Task A_thousand_items_in_one_body_are_answered_200_and_all_processed()
    {
        var tenant = await _cluster.TenantAsync();
        var customers = Enumerable.Range(0, 20).Select(_ => Cluster.Customer()).ToArray();
        await using var client = await SignalRClient.ConnectAsync(_cluster.Front, tenant.Token);
        await client.Watch();
        var padding = new string('m', 2800);
        var body = tenant.Webhook([.. Enumerable.Range(0, 1000).Select(n => Tenant.TextMessage(customers[n % 20], $"{n} {padding}"))]);
        Assert.InRange(body.Length, 2_900_000, 3_100_000);
        Assert.Equal(200, await _cluster.WebhookAsync(_cluster.Front, body));

        HashSet<Guid> complete = [];
        while (complete.Count < 20)
            complete.Add((await client.Next("conversation:updated", c => c.GetProperty("last_seq").GetInt64() == 50)).GetProperty("id").GetGuid());
        foreach (var conversation in complete.Take(3))
            Assert.Equal(50, (await tenant.MessagesAsync(conversation)).Count);
    }

    internal static async Task<SignalRClient> Joined(Uri url, Tenant tenant, Guid conversation)
    {
        var client = await SignalRClient.ConnectAsync(url, tenant.Token);
        await client.Join(conversation);
        await client.Watch();
        return client;
    }
}
