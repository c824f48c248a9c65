using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PyTake.Database;
using PyTake.Nodes;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Webhooks that would need more memory than a node has.</summary>
public sealed class LargeWebhookTests : IAsyncLifetime
{
    private const string From = "5511944450001";
    private const int Megabyte = 1 << 20;
    private static readonly short[] AllPartitions = [.. Enumerable.Range(0, Partitions.Count).Select(partition => (short)partition)];
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _organization = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database, ("Webhooks:BatchBytes", "65536"));
        _organization = await Given.Organization(_node);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_update_larger_than_any_message_is_parked_alone_and_its_neighbours_arrive_in_order()
    {
        await Meta.Deliver(_node, Meta.Webhook(_organization.Number,
            [Meta.TextMessage(From, "one"), Meta.TextMessage(From, new string('x', 3 * Megabyte)), Meta.TextMessage(From, "two"), Meta.TextMessage("5511944450002", "another's")]));

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.Equal(["another's"], await Texts("5511944450002"));
        var (state, error, bytes) = Assert.Single(await _database.QueryAsync<(string, string, int)>("select state, error, octet_length(payload) from webhook_items_set_aside"));
        Assert.Equal(DeferredItem.Parked, state);
        Assert.Equal($"The update has {bytes} bytes; the most that one may have are {Megabyte}", error);
        Assert.InRange(bytes, 3 * Megabyte, 3 * Megabyte + 1024);
    }

    [Fact]
    public async Task An_update_nested_without_end_is_parked_alone_and_its_neighbours_arrive_in_order()
    {
        const int Depth = 300_000;
        var text = JsonSerializer.Serialize(Meta.Webhook(_organization.Number, [Meta.TextMessage(From, "one"), Meta.TextMessage(From, "deep"), Meta.TextMessage(From, "two")]));
        var deep = text.Replace("{\"body\":\"deep\"}", new string('[', Depth) + new string(']', Depth));

        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Encoding.UTF8.GetBytes(deep)));
        await Meta.Work(_node);

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.Equal([DeferredItem.Parked], await _database.QueryAsync<string>("select state from webhook_items_set_aside"));
    }

    [Fact]
    public async Task A_worker_takes_no_more_bytes_at_once_than_it_may()
    {
        var texts = Enumerable.Range(0, 10).Select(n => $"{n}{new string('x', 20_000)}").ToArray();
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Webhook(_organization.Number, [.. texts.Select(text => Meta.TextMessage(From, text))])));

        // Each has 20 KB: the fourth begins below 64 KB, and the fifth does not. From the second batch on they are taken fairly.
        foreach (var count in (int[])[4, 4, 2, 0]) Assert.Equal(count, await _node.Get<PartitionWorker>().ProcessBatchAsync(AllPartitions, null, TestContext.Current.CancellationToken));
        Assert.Equal(texts, await Texts(From));
    }

    [Fact]
    public async Task Large_bodies_wait_for_their_turn_and_small_ones_do_not()
    {
        using var bodies = new IncomingBodies(Options.Create(new WebhookOptions { LargeBodiesBytes = 4 * Megabyte }), TimeProvider.System);
        Task<IncomingBodies.Incoming?> Enter(long? length) => bodies.EnterAsync(length, () => { }, TestContext.Current.CancellationToken).AsTask();

        var first = await Enter(3 * Megabyte);
        first!.Verified();
        var second = Enter(2 * Megabyte);
        var unknown = Enter(null);
        Assert.False(second.IsCompleted || unknown.IsCompleted);
        Assert.Null(await Enter(3 * Megabyte));
        Assert.NotNull(await Enter(1000));
        Assert.NotNull(await Enter(5 * Megabyte));

        first.Dispose();
        (await second)!.Dispose();
        Assert.NotNull(await unknown);
    }

    [Fact]
    public async Task A_flood_of_the_largest_webhooks_is_processed_in_little_memory()
    {
        await using var node = await NodeProcess.StartAsync(_database, ("DOTNET_GCHeapHardLimit", "0x10000000"), ("Logging:LogLevel:Default", "Warning"));
        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Insist(node, Meta.Webhook(_organization.Number,
            [Meta.TextMessage($"55119444600{n:D2}", "before"), Meta.TextMessage(From, new string('x', 3_900_000)), Meta.TextMessage($"55119444600{n:D2}", "after")]))));

        await Wait.Until(async () => await _database.QueryAsync<long>("select count(*) from webhook_items") is [0], TimeSpan.FromSeconds(60));
        Assert.Equal([60L], await _database.QueryAsync<long>("select count(*) from webhook_items_set_aside where state = 'parked'"));
        for (var n = 0; n < 60; n++) Assert.Equal(["before", "after"], await Texts($"55119444600{n:D2}"));
        Assert.DoesNotContain(node.Output, line => line.Contains("OutOfMemory", StringComparison.Ordinal));
    }

    // Repeats the webhook until it is accepted, as Meta does.
    private static async Task Insist(NodeProcess node, object webhook)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(webhook);
        using var client = node.Client();
        await Wait.Until(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/whatsapp/webhook") { Content = new ByteArrayContent(body) };
            request.Headers.Add("X-Hub-Signature-256", Meta.Sign(body));
            using var answer = await client.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}: {string.Join('\n', node.Output)}");
            return answer.StatusCode == HttpStatusCode.OK;
        }, TimeSpan.FromSeconds(60));
    }

    private Task<List<string>> Texts(string from) => _database.QueryAsync<string>("""
        select m.content ->> 'text'
        from messages m join conversations c on c.id = m.conversation_id join contacts k on k.id = c.contact_id
        where k.whatsapp_id = @from
        order by m.seq
        """, new { from });
}
