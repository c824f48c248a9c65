using System.Net;
using Npgsql;
using PyTake.Nodes;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Webhooks that take effect in the transaction that acknowledges them, and what stands in the way of that.</summary>
public sealed class DirectTests : IAsyncLifetime
{
    private const string From = "5511966660001";
    private static readonly string Other = Enumerable.Range(2, 100).Select(n => $"551196666{n:D4}").First(customer => Partition(customer) != Partition(From));
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _organization = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database, Meta.Directly, ("Logging:LogLevel:PyTake.WhatsApp", "None"));
        _organization = await Given.Organization(_node);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_webhook_takes_effect_without_ever_being_in_the_queue()
    {
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "one"), Meta.Text(_organization.Number, From, "two"));

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.False(await WasQueued());
    }

    [Fact]
    public async Task What_is_stored_for_the_customer_comes_first()
    {
        await Meta.Post(_node, Meta.Text(_organization.Number, From, "one"));
        Assert.Empty(await Texts(From));

        Assert.Equal(HttpStatusCode.OK, await Meta.PostDirectly(_node, Meta.Text(_organization.Number, From, "two")));

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.Empty(await Queued());
    }

    [Fact]
    public async Task What_another_node_is_in_the_way_of_is_tried_again_and_the_rest_takes_effect()
    {
        using var attached = _node.Get<Arrivals>().Attach(() => { });
        var webhook = Meta.Webhook(_organization.Number, [Meta.TextMessage(From, "locked"), Meta.TextMessage(Other, "free")]);
        var post = Meta.Post(_node, webhook);
        await Wait.Until(() => Task.FromResult(_node.Get<Arrivals>().Count == 1));
        await using (await HoldAsync($"select pg_advisory_xact_lock({WebhookQueue.LockClass}, {Partition(From)})"))
        {
            await ApplyAsync();
            Assert.Equal(["free"], await Texts(Other));
            Assert.Empty(await Texts(From));
            Assert.False(post.IsCompleted);
        }
        await ApplyAsync();
        Assert.Equal(HttpStatusCode.OK, await post);
        Assert.Equal(["locked"], await Texts(From));
        Assert.Equal(["free"], await Texts(Other));
        Assert.False(await WasQueued());

        async Task ApplyAsync() => await _node.Get<PartitionWorker>().ProcessBatchAsync(
            [], _node.Get<Arrivals>().TryClaim(10, long.MaxValue), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task With_a_backlog_longer_than_a_batch_all_of_it_comes_first()
    {
        await using var node = TestNode.Start(_database, Meta.Directly, ("Webhooks:BatchSize", "2"));
        foreach (var text in (string[])["one", "two", "three"]) await Meta.Post(node, Meta.Text(_organization.Number, From, text));

        Assert.Equal(HttpStatusCode.OK, await Meta.PostDirectly(node, Meta.Text(_organization.Number, From, "four")));

        Assert.Equal(["one", "two"], await Texts(From));
        await Meta.Work(node);
        Assert.Equal(["one", "two", "three", "four"], await Texts(From));
    }

    [Fact]
    public async Task One_that_fails_harms_nothing_that_arrived_with_it()
    {
        await Meta.Poison(_database);
        var webhook = Meta.Webhook(_organization.Number,
            [Meta.TextMessage(From, "one"), Meta.TextMessage(From, "poison"), Meta.TextMessage(From, "two"), Meta.TextMessage(Other, "another's")]);

        await Meta.Deliver(_node, webhook);

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.Equal(["another's"], await Texts(Other));
        Assert.Equal([DeferredItem.Retry], await _database.QueryAsync<string>("select state from webhook_items_set_aside"));
    }

    [Fact]
    public async Task One_that_has_to_wait_for_its_message_is_deferred_under_an_id_of_the_queue()
    {
        var wamid = Meta.Wamid();
        await Meta.Deliver(_node, Meta.Status(_organization.Number, wamid, "read", From));

        Assert.Equal([(wamid, 1)], await _database.QueryAsync<(string, int)>(
            "select waits_for, (id = currval_of_queue)::int from webhook_items_set_aside, (select last_value as currval_of_queue from webhook_items_id_seq) s"));
    }

    [Fact]
    public async Task A_locked_row_does_not_delay_the_answer_and_the_message_takes_effect_once_when_it_is_free()
    {
        await using var node = TestNode.Start(_database, ("Workers:Enabled", "true"));
        await Meta.Post(node, Meta.Text(_organization.Number, From, "one"));
        await Wait.Until(async () => await Texts(From) is ["one"]);
        await using (await HoldAsync("select id from conversations for update"))
        {
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(node, Meta.Text(_organization.Number, From, "two")));
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(node, Meta.Text(_organization.Number, From, "three")));
            Assert.Equal(["one"], await Texts(From));
        }
        await Wait.Until(async () => await Texts(From) is ["one", "two", "three"]);
        Assert.Empty(await Queued());
    }

    [Fact]
    public async Task Customers_are_in_order_on_two_nodes_that_get_their_webhooks_in_turns()
    {
        await using var one = TestNode.Start(_database, ("Workers:Enabled", "true"));
        await using var two = TestNode.Start(_database, ("Workers:Enabled", "true"));
        string[] expected = [.. Enumerable.Range(0, 60).Select(n => n.ToString())];

        async Task WriteAsync(string customer)
        {
            foreach (var text in expected)
                Assert.Equal(HttpStatusCode.OK, await Meta.Post(int.Parse(text) % 2 == 0 ? one : two, Meta.Text(_organization.Number, customer, text)));
        }
        await Task.WhenAll(WriteAsync(From), WriteAsync(Other));

        foreach (var customer in (string[])[From, Other]) await Wait.Until(async () => (await Texts(customer)).SequenceEqual(expected));
    }

    private async Task<IAsyncDisposable> HoldAsync(string sql)
    {
        var connection = await _database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static short Partition(string customer) => Partitions.Of(PhoneNumbers.Normalize(customer));

    private Task<List<short>> Queued() => _database.QueryAsync<short>("select lane from webhook_items order by id");

    private async Task<bool> WasQueued() => (await _database.QueryAsync<bool>("select is_called from webhook_items_id_seq"))[0];

    private Task<List<string>> Texts(string from) => _database.QueryAsync<string>("""
        select m.content ->> 'text'
        from messages m join conversations c on c.id = m.conversation_id join contacts k on k.id = c.contact_id
        where k.whatsapp_id = @from
        order by m.seq
        """, new { from });
}
