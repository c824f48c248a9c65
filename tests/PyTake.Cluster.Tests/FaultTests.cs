using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace PyTake.Cluster;

/// <summary>Parts of the cluster die under traffic; these run alone, after the others.</summary>
[Collection(nameof(FaultTests)), CollectionDefinition(nameof(FaultTests), DisableParallelization = true)]
public sealed class FaultTests
{
    private readonly Cluster _cluster = Cluster.Current;

    [Fact]
    public async Task A_node_killed_in_the_middle_of_a_batch_loses_and_repeats_nothing()
    {
        var tenant = await _cluster.TenantAsync();
        var customers = Enumerable.Range(0, 8).Select(_ => Cluster.Customer()).ToArray();
        var conversations = new List<Guid>();
        foreach (var customer in customers) conversations.Add(await tenant.ConversationAsync(customer));
        var watchers = await Task.WhenAll(conversations.Select(c => DeliveryTests.Joined(_cluster.Node(1), tenant, c)));

        var bodies = Enumerable.Range(0, 12).Select(b => (Wamids: Wamids(400), Batch: b)).ToArray();
        var accepted = new ConcurrentBag<(int Customer, string Wamid)>();
        var killed = _cluster.Read().Nodes[0].Pid;
        try
        {
            var posts = bodies.Select(async body =>
            {
                var messages = body.Wamids.Select((wamid, n) => Tenant.TextMessage(customers[n % customers.Length], $"{body.Batch}/{n}", wamid)).ToArray();
                // Half of them go to the node that is killed; only webhooks that were answered 200 count.
                if (await _cluster.WebhookAsync(_cluster.Node(body.Batch % 2), tenant.Webhook(messages)) == 200)
                    for (var n = 0; n < body.Wamids.Length; n++) accepted.Add((n % customers.Length, body.Wamids[n]));
            }).ToArray();
            await Task.WhenAny(posts);
            Cluster.Kill(killed);
            await Task.WhenAll(posts);
            var answered = Stopwatch.GetTimestamp();
            Assert.NotEmpty(accepted);

            await Task.WhenAll(watchers.Select((watcher, n) => HearAsync(watcher, [.. accepted.Where(a => a.Customer == n).Select(a => a.Wamid)])));
            var took = Stopwatch.GetElapsedTime(answered);
            Assert.True(took < TimeSpan.FromSeconds(5), $"the last accepted message arrived after {took.TotalSeconds:0.0} s");
        }
        finally
        {
            await _cluster.StartAsync("node-1");
        }

        foreach (var conversation in conversations)
        {
            var messages = await tenant.MessagesAsync(conversation);
            Assert.Equal(Enumerable.Range(1, messages.Count).Select(n => (long)n), messages.Select(m => m.GetProperty("seq").GetInt64()));
            Assert.Equal(messages.Count, messages.Select(Wamid).Distinct().Count());
        }
        foreach (var (watcher, conversation) in watchers.Zip(conversations))
            Assert.Equal((await tenant.MessagesAsync(conversation)).Skip(1).Select(Wamid), watcher.Events.Where(e => e.Name == "message:new").Select(e => Wamid(e.Payload)));
        foreach (var watcher in watchers) await watcher.DisposeAsync();
    }

    [Fact]
    public async Task With_Redis_away_for_ten_seconds_everything_goes_on_and_all_converge_after_it()
    {
        var tenant = await _cluster.TenantAsync();
        var customer = Cluster.Customer();
        var conversation = await tenant.ConversationAsync(customer);
        await using var first = await DeliveryTests.Joined(_cluster.Node(0), tenant, conversation);
        await using var second = await DeliveryTests.Joined(_cluster.Node(1), tenant, conversation);
        var clients = new List<SignalRClient> { first, second };

        Cluster.Kill(_cluster.Read().Redis.Pid);
        var away = Stopwatch.StartNew();
        try
        {
            for (var n = 0; away.Elapsed < TimeSpan.FromSeconds(10); n++)
            {
                var posted = Stopwatch.GetTimestamp();
                Assert.Equal(200, await _cluster.WebhookAsync(_cluster.Node(n % 2), tenant.Text(customer, $"sem redis {n}")));
                foreach (var client in clients)
                    await client.Next("message:new", m => Text(m) == $"sem redis {n}");
                var took = Stopwatch.GetElapsedTime(posted);
                Assert.True(took < TimeSpan.FromSeconds(2), $"message {n} took {took.TotalSeconds:0.0} s");
                Assert.NotEmpty(await tenant.MessagesAsync(conversation));
                if (n == 0) clients.Add(await DeliveryTests.Joined(_cluster.Node(0), tenant, conversation));
            }
        }
        finally
        {
            await _cluster.StartAsync("redis");
        }

        // While Redis comes back, messages keep arriving through both nodes.
        var last = await Task.WhenAll(Enumerable.Range(0, 20).Select(async n =>
        {
            var text = $"com redis {n}";
            Assert.Equal(200, await _cluster.WebhookAsync(_cluster.Node(n % 2), tenant.Text(customer, text)));
            return text;
        }));
        var back = Stopwatch.GetTimestamp();
        foreach (var client in clients)
            foreach (var text in last)
                await client.Next("message:new", m => Text(m) == text);
        Assert.True(Stopwatch.GetElapsedTime(back) < TimeSpan.FromSeconds(2), "clients had not converged 2 s after Redis was back");

        var stored = (await tenant.MessagesAsync(conversation)).Select(Wamid).ToArray();
        foreach (var client in clients.Take(2))
            Assert.Equal(stored.Skip(1), client.Events.Where(e => e.Name == "message:new").Select(e => Wamid(e.Payload)));
        await clients[2].DisposeAsync();
    }

    private static async Task HearAsync(SignalRClient watcher, HashSet<string> missing)
    {
        while (missing.Count > 0) missing.Remove(Wamid(await watcher.Next("message:new"))!);
    }

    private static string[] Wamids(int count) => [.. Enumerable.Range(0, count).Select(_ => $"wamid.{Guid.NewGuid():N}")];

    private static string? Wamid(JsonElement message) => message.GetProperty("whatsapp_message_id").GetString();

    private static string? Text(JsonElement message) => message.GetProperty("content").GetProperty("text").GetString();
}
