using System.Net;
using PyTake.Database;
using PyTake.Nodes;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Items that fail: a trigger in a database of the test's own makes PostgreSQL refuse what they write.</summary>
public sealed class PoisonTests : IAsyncLifetime
{
    private const string From = "5511944440001";
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _organization = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database, ("Webhooks:RetrySeconds", "0.01"), ("Webhooks:MaxAttempts", "3"), ("Webhooks:StatementTimeoutMs", "1000"),
            ("Logging:LogLevel:PyTake.WhatsApp", "None"));
        _organization = await Given.Organization(_node);
        await Meta.Poison(_database);
        await Meta.Stall(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("poison", "this is poison")]
    [InlineData("endless", "statement timeout")]
    public async Task An_item_that_fails_or_hangs_is_deferred_alone_and_its_neighbours_arrive_in_order(string text, string error)
    {
        await Meta.Deliver(_node, Meta.Webhook(_organization.Number,
            [Meta.TextMessage(From, "one"), Meta.TextMessage(From, text), Meta.TextMessage(From, "two"), Meta.TextMessage("5511944440002", "another's")]));

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.Equal(["another's"], await Texts("5511944440002"));
        var deferred = Assert.Single(await DeferredItems());
        Assert.Equal((DeferredItem.Retry, (short)1), (deferred.State, deferred.Attempts));
        Assert.Contains(error, deferred.Error);
    }

    [Fact]
    public async Task Other_partitions_of_its_batch_are_still_processed_together()
    {
        var other = Enumerable.Range(5, 100).Select(n => $"551194444{n:D4}").First(customer => Partition(customer) != Partition(From));
        await Meta.Deliver(_node, Meta.Webhook(_organization.Number,
            [Meta.TextMessage(From, "one"), Meta.TextMessage(other, "1"), Meta.TextMessage(From, "poison"), Meta.TextMessage(other, "2"), Meta.TextMessage(other, "3")]));

        Assert.Equal(["one"], await Texts(From));
        Assert.Equal(["1", "2", "3"], await Texts(other));
        Assert.Single(await _database.QueryAsync<string>("select distinct xmin::text from messages where content ->> 'text' in ('1', '2', '3')"));
    }

    [Fact]
    public async Task Its_next_attempt_is_made_alone_and_never_in_the_queue()
    {
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "poison"));
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Text(_organization.Number, From, "next")));

        await TryAgain();

        Assert.Equal((DeferredItem.Retry, (short)2), Assert.Single((await DeferredItems()).Select(a => (a.State, a.Attempts))));
        Assert.Single(await _database.QueryAsync<long>("select id from webhook_items where attempts = 0"));
        await Meta.Work(_node);
        Assert.Equal(["next"], await Texts(From));
    }

    [Fact]
    public async Task An_item_whose_statement_hangs_is_deferred_and_comes_when_it_can()
    {
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "before"));
        await using (var holder = await _database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var hold = holder.CreateCommand();
            hold.CommandText = "select id from conversations for update";
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

            await Meta.Deliver(_node, Meta.Webhook(_organization.Number, [Meta.TextMessage(From, "held"), Meta.TextMessage("5511944440003", "free")]));

            Assert.Equal(["free"], await Texts("5511944440003"));
            Assert.Equal(DeferredItem.Retry, Assert.Single(await DeferredItems()).State);
        }
        await TryAgain();
        Assert.Equal(["before", "held"], await Texts(From));
        Assert.Empty(await DeferredItems());
    }

    [Fact]
    public async Task A_database_that_hangs_is_not_the_items_fault()
    {
        // From the batch's last statements into the next transaction, which only takes the item: each of them times out.
        await _database.ExecuteAsync("""
            create sequence statements;
            create function stand_still() returns trigger language plpgsql as $$
                begin
                    if nextval('statements') in (2, 3) then perform pg_sleep(60); end if;
                    return coalesce(new, old);
                end
            $$;
            create trigger stand_still before delete on webhook_items for each row execute function stand_still();
            create trigger stand_still before insert on messages for each row execute function stand_still();
            """);
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "one"));

        Assert.Equal(["one"], await Texts(From));
        Assert.Empty(await DeferredItems());
    }

    [Fact]
    public async Task A_stall_that_only_a_batch_met_costs_none_of_it_an_attempt()
    {
        await _database.ExecuteAsync("""
            create sequence messages_written;
            create function stand_still() returns trigger language plpgsql as $$
                begin
                    if nextval('messages_written') = 1 then perform pg_sleep(60); end if;
                    return new;
                end
            $$;
            create trigger stand_still before insert on messages for each row execute function stand_still();
            """);

        await Meta.Deliver(_node, Meta.Webhook(_organization.Number, [Meta.TextMessage(From, "one"), Meta.TextMessage(From, "two")]));

        Assert.Equal(["one", "two"], await Texts(From));
        Assert.Empty(await DeferredItems());
    }

    [Fact]
    public async Task Other_partitions_go_on_while_an_item_hangs()
    {
        await using var node = TestNode.Start(_database, ("Workers:Enabled", "true"), ("Webhooks:StatementTimeoutMs", "60000"));
        string[] others = [.. Enumerable.Range(5, 100).Select(n => $"551194444{n:D4}").Where(customer => Partition(customer) != Partition(From)).Take(4)];
        async Task Arrives(string customer)
        {
            await Meta.Post(node, Meta.Text(_organization.Number, customer, "hello"));
            await Wait.Until(async () => await Texts(customer) is ["hello"]);
        }
        // A worker that starts takes from all partitions, in one batch.
        await Arrives(others[0]);
        await Meta.Post(node, Meta.Text(_organization.Number, From, "endless"));
        await Wait.Until(async () => await Sleeping() == 1);

        foreach (var other in others[1..]) await Arrives(other);

        Assert.Equal(1, await Sleeping());
        Assert.Empty(await Texts(From));
        await _database.ExecuteAsync("create or replace function stall() returns trigger language plpgsql as 'begin return new; end'");
        await _database.QueryAsync<bool>("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()");
        await Wait.Until(async () => await Texts(From) is ["endless"]);
    }

    [Fact]
    public async Task Its_next_attempts_get_a_short_timeout_and_later_ones_a_longer_one()
    {
        await _database.ExecuteAsync("""
            create or replace function refuse() returns trigger language plpgsql as $$
                begin raise exception 'it may take %', current_setting('statement_timeout'); end
            $$;
            """);
        await using var node = TestNode.Start(_database, ("Webhooks:RetrySeconds", "0.01"), ("Webhooks:StatementTimeoutMs", "1000"),
            ("Logging:LogLevel:PyTake.WhatsApp", "None"));
        await Meta.Deliver(node, Meta.Text(_organization.Number, From, "poison"));
        var errors = new List<string> { Assert.Single(await DeferredItems()).Error };
        for (var attempt = 2; attempt <= 5; attempt++)
        {
            await TryAgain(node);
            errors.Add(Assert.Single(await DeferredItems()).Error);
        }

        Assert.Equal(["1s", "250ms", "250ms", "1s", "2s"], errors.Select(error => error.Split(' ')[^1]));
    }

    [Fact]
    public async Task Two_nodes_that_find_it_due_try_it_once()
    {
        await using var other = TestNode.Start(_database, ("Webhooks:RetrySeconds", "0.01"), ("Webhooks:StatementTimeoutMs", "1000"),
            ("Logging:LogLevel:PyTake.WhatsApp", "None"));
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "endless"));
        await _database.ExecuteAsync("update webhook_items_set_aside set due_at = now()");

        // Both wait for its partition, and see it before either has tried it.
        await using (var holder = await _database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var hold = holder.CreateCommand();
            hold.CommandText = $"select pg_advisory_xact_lock({0x5054}, {Partition(From)})";
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var retries = new[] { _node, other }.Select(node => node.Get<PartitionWorker>().RetryDueAsync(TimeSpan.Zero, TestContext.Current.CancellationToken)).ToArray();
            await Wait.Until(async () => (await _database.QueryAsync<long>(
                "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())")) is [2]);
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
            await Task.WhenAll(retries);
        }

        Assert.Equal((DeferredItem.Retry, (short)2), Assert.Single((await DeferredItems()).Select(a => (a.State, a.Attempts))));
    }

    [Fact]
    public async Task It_is_dead_after_its_last_attempt_and_takes_effect_once_when_it_is_replayed()
    {
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "poison"));
        for (var attempt = 2; attempt <= 3; attempt++) await TryAgain();
        var dead = Assert.Single(await DeferredItems());
        Assert.Equal((DeferredItem.Dead, (short)3), (dead.State, dead.Attempts));
        await TryAgain();
        Assert.Equal(DeferredItem.Dead, Assert.Single(await DeferredItems()).State);

        await _database.ExecuteAsync("drop trigger poison on messages");
        var items = _node.Get<DeferredItems>();
        Assert.NotNull(await items.ReplayAsync(dead.Id, TestContext.Current.CancellationToken));
        Assert.Null(await items.ReplayAsync(dead.Id, TestContext.Current.CancellationToken));
        await Meta.Work(_node);
        Assert.Equal(["poison"], await Texts(From));
        Assert.Empty(await DeferredItems());
    }

    [Fact]
    public async Task Dead_and_parked_items_are_kept_until_they_expire_and_then_deleted()
    {
        await using var node = TestNode.Start(
            _database, ("Webhooks:MaxAttempts", "1"), ("Webhooks:DeferredDays", "3"), ("Logging:LogLevel:PyTake.WhatsApp", "None"));
        await Meta.Deliver(node, Meta.Text(_organization.Number, From, "poison"),
            Meta.Text(new(Guid.NewGuid(), "770000000000404", "551140040404"), From, "to nobody's number"), Meta.Webhook(_organization.Number, [new { id = "no message" }]));
        Assert.Equal([DeferredItem.Dead, DeferredItem.Parked, DeferredItem.Parked], (await DeferredItems()).Select(a => a.State).Order());

        await TimePasses("2 days 23 hours");
        Assert.Equal(3, (await DeferredItems()).Count);
        await TimePasses("2 hours");
        Assert.Empty(await DeferredItems());

        async Task TimePasses(string interval)
        {
            await _database.ExecuteAsync($"update webhook_items_set_aside set expires_at = expires_at - interval '{interval}'");
            await node.Get<DeferredItems>().DeleteExpiredAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Without_the_database_nothing_is_acknowledged_and_work_goes_on_when_it_is_back()
    {
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Meta.Text(_organization.Number, From, "before")));
        await _database.ExecuteAsync("alter table webhook_items rename to webhook_items_away");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Meta.Post(_node, Meta.Text(_organization.Number, From, "meanwhile")));
        await _database.ExecuteAsync("alter table webhook_items_away rename to webhook_items");
        await Meta.Deliver(_node, Meta.Text(_organization.Number, From, "after"));
        Assert.Equal(["before", "after"], await Texts(From));
    }

    private Task TryAgain() => TryAgain(_node);

    private async Task TryAgain(TestNode node)
    {
        await _database.ExecuteAsync("update webhook_items_set_aside set due_at = now() where state = 'retry'");
        await node.Get<PartitionWorker>().RetryDueAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
    }

    private static short Partition(string customer) => Partitions.Of(PhoneNumbers.Normalize(customer));

    private Task<List<string>> Texts(string from) => _database.QueryAsync<string>("""
        select m.content ->> 'text'
        from messages m join conversations c on c.id = m.conversation_id join contacts k on k.id = c.contact_id
        where k.whatsapp_id = @from
        order by m.seq
        """, new { from });

    private Task<List<Row>> DeferredItems() => _database.QueryAsync<Row>("select id, state, attempts, error from webhook_items_set_aside");

    private sealed record Row(long Id, string State, short Attempts, string Error);

    private async Task<long> Sleeping() => (await _database.QueryAsync<long>(
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")).Single();
}
