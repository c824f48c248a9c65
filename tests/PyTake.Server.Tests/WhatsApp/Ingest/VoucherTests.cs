using System.Net;
using System.Text.Json;
using PyTake.Accounts;
using PyTake.WhatsApp.Numbers;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>
/// Whose secret signed a webhook decides for ever what it may do: an organization's own is good for its own numbers alone, whenever the update is processed.
/// </summary>
public sealed class VoucherTests : IAsyncLifetime
{
    private const string Secret = "an organization's own app secret, thirty-two";
    private const string From = "5511955550201";
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _signer = null!, _other = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _node = TestNode.Start(_database);
        (_signer, _other) = (await Given.Organization(_node), await Given.Organization(_node));
        await SaveAsync(_signer.Number, "app_secret = @secret");
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Messages_for_a_number_that_is_given_away_before_they_are_processed_enter_no_inbox(int count)
    {
        for (var n = 0; n < count; n++) Assert.Equal(HttpStatusCode.OK, await PostAsync(Meta.Text(_signer.Number, $"55119{n:D8}", "forged")));
        await GiveAwayAsync();
        await Meta.Work(_node);

        Assert.Equal(0, await MessagesAsync());
        Assert.Equal([("parked", count)], await _database.QueryAsync<(string, int)>(
            "select state, count(*)::int from webhook_items_set_aside where vouched_by = @Id and error like '%another organization%' group by state", new { _signer.Id }));
    }

    [Fact]
    public async Task Nor_do_those_that_are_tried_again_woken_or_replayed()
    {
        // One failed, one waits for the number, one for a message.
        await Meta.Poison(_database);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Meta.Text(_signer.Number, From, "poison")));
        await Meta.Work(_node);
        var wamid = Meta.Wamid();
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Meta.Other(_signer.Number, From, "reaction", new { message_id = wamid, emoji = "👍" })));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Meta.Text(_signer.Number, From, "waits for its number")));
        await _database.ExecuteAsync("update whatsapp_numbers set is_active = false where id = @Id", _signer.Number);
        await Meta.Work(_node);
        Assert.Equal(3, await _database.SingleAsync<int>("select count(*)::int from webhook_items_set_aside where vouched_by = @Id", new { _signer.Id }));
        await _database.ExecuteAsync("update whatsapp_numbers set is_active = true where id = @Id; drop trigger poison on messages", _signer.Number);
        await GiveAwayAsync();

        // The new owner gets their own message with that wamid, and every way to process an item again is tried.
        await Meta.Deliver(_node, Meta.Text(_signer.Number, From, "theirs", wamid));
        await _database.ExecuteAsync("update webhook_items_set_aside set due_at = now() where state = 'retry'");
        await _node.Get<DeferredItems>().WakeParkedAsync(CancellationToken.None);
        await _node.Get<PartitionWorker>().RetryDueAsync(TimeSpan.Zero, CancellationToken.None);
        await _node.Get<DeferredItems>().RequeueDueAsync(CancellationToken.None);
        await Meta.Work(_node);
        foreach (var id in await _database.QueryAsync<long>("select id from webhook_items_set_aside"))
            await _node.Get<DeferredItems>().ReplayAsync(id, CancellationToken.None);
        await Meta.Work(_node);

        Assert.Equal(["theirs"], await _database.QueryAsync<string>("select content ->> 'text' from messages where organization_id = @Id", new { _other.Id }));
        Assert.Equal("[]", await _database.SingleAsync<string>("select reactions::text from messages where organization_id = @Id", new { _other.Id }));
        Assert.Equal(3, await _database.SingleAsync<int>("select count(*)::int from webhook_items_set_aside where vouched_by = @Id and state = 'parked'", new { _signer.Id }));
    }

    [Fact]
    public async Task What_arrives_while_the_worker_waits_for_it_is_checked_as_well()
    {
        // The node still knows the number as the signer's; the database does not.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Meta.Text(_signer.Number, From, "known")));
        await Meta.Work(_node);
        using var attached = _node.Get<Arrivals>().Attach(() => { });
        var post = PostAsync(Meta.Text(_signer.Number, From, "forged"));
        Arrivals.Claim? claim = null;
        await Wait.Until(() => Task.FromResult((claim = _node.Get<Arrivals>().TryClaim(10, long.MaxValue)) is not null));
        await GiveAwayAsync();
        await _node.Get<PartitionWorker>().ProcessBatchAsync([], claim, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, await post);
        await Meta.Work(_node);

        Assert.Equal(0, await MessagesAsync());
    }

    [Fact]
    public async Task What_the_signer_gets_back_is_delivered_to_it()
    {
        await _database.ExecuteAsync("update whatsapp_numbers set is_active = true where id = @Id", _signer.Number);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Meta.Text(_signer.Number, From, "mine")));
        await _database.ExecuteAsync("update whatsapp_numbers set is_active = false where id = @Id", _signer.Number);
        await Meta.Work(_node);
        await _database.ExecuteAsync("update whatsapp_numbers set is_active = true where id = @Id", _signer.Number);
        await _node.Get<DeferredItems>().WakeParkedAsync(CancellationToken.None);
        await _node.Get<DeferredItems>().RequeueDueAsync(CancellationToken.None);
        await Meta.Work(_node);

        Assert.Equal(["mine"], await _database.QueryAsync<string>("select content ->> 'text' from messages where organization_id = @Id", new { _signer.Id }));
    }

    [Fact]
    public async Task What_names_no_number_of_the_signers_is_refused()
    {
        var account = "314159";
        await _database.ExecuteAsync("update whatsapp_numbers set waba_id = @account where id = @Id", new { account, _other.Number.Id });
        await ReloadAsync();
        object Event(string waba, TestNumber? number) => new
        {
            @object = "whatsapp_business_account",
            entry = new[] { new { id = waba, changes = new[] { new { field = "account_alerts", value = new Dictionary<string, object?>
            {
                ["alert_info"] = new { alert_type = "FORGED" }, ["metadata"] = number is null ? null : new { phone_number_id = number.PhoneNumberId },
            } } } } },
        };

        foreach (var body in (byte[][])[
            "not json"u8.ToArray(), "{}"u8.ToArray(), """{"object":"page","entry":[]}"""u8.ToArray(), JsonSerializer.SerializeToUtf8Bytes(Event(account, null)),
            JsonSerializer.SerializeToUtf8Bytes(Event("0", null)), JsonSerializer.SerializeToUtf8Bytes(Meta.Text(_other.Number, From, "forged"))])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await Meta.Post(_node, body, Meta.Sign(body, Secret)));
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, body));
        }
        await Meta.Work(_node);
        var before = await EventsAsync(_other);

        // A number of the signer's beside another's account makes no news of that account.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Event(account, _signer.Number)));
        await Meta.Work(_node);
        Assert.Equal((before, 0), (await EventsAsync(_other), await EventsAsync(_signer)));

        await _database.ExecuteAsync("update whatsapp_numbers set waba_id = '27182' where id = @Id", _signer.Number);
        await ReloadAsync();
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Event("27182", null)));
        await Meta.Work(_node);
        Assert.Equal((before, 1), (await EventsAsync(_other), await EventsAsync(_signer)));
    }

    [Fact]
    public async Task An_organization_has_no_more_stored_that_it_signed_itself_than_it_may()
    {
        await using var node = TestNode.Start(_database, ("Webhooks:VouchedBytes", "1048576"));
        object Unmatched() => Meta.Other(_signer.Number, From, "reaction", new { message_id = Meta.Wamid(), emoji = "👍", padding = new string('x', 200_000) });
        var statuses = new List<HttpStatusCode>();
        for (var n = 0; n < 12; n++) statuses.Add(await PostAsync(Unmatched(), node));

        Assert.Equal(Enumerable.Repeat(HttpStatusCode.OK, 5), statuses.Take(5));
        Assert.All(statuses.Skip(5), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        await Meta.Work(node);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(Unmatched(), node));
        // What Meta signs, and what others sign, goes on.
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(node, Unmatched()));
        await SaveAsync(_other.Number, "app_secret = @secret");
        await ReloadAsync();
        await Wait.Until(async () => await PostAsync(Meta.Text(_other.Number, From, "another's"), node) == HttpStatusCode.OK);

        await _database.ExecuteAsync("delete from webhook_items_set_aside where vouched_by = @Id", new { _signer.Id });
        await Wait.Until(async () => await PostAsync(Unmatched(), node) == HttpStatusCode.OK);
    }

    // As takes less than the two seconds for which the node remembers.
    private Task GiveAwayAsync() => _database.ExecuteAsync("update whatsapp_numbers set organization_id = @other where id = @Id", new { _signer.Number.Id, other = _other.Id });

    private Task SaveAsync(TestNumber number, string what) => _database.ExecuteAsync(
        $"update whatsapp_numbers set {what} where id = @Id", new { number.Id, secret = _node.Get<SecretBox>().Seal(Secret, NumberStore.PlaceOf(number.Id, "app_secret")) });

    // A node reads its numbers again when one was saved.
    private async Task ReloadAsync()
        => (await _other.Admin.Http.Put($"/api/v1/whatsapp/{_other.Number.Id}", new { display_name = "Other" })).Expect(HttpStatusCode.OK);

    private Task<HttpStatusCode> PostAsync(object webhook, TestNode? node = null)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(webhook);
        return Meta.Post(node ?? _node, body, Meta.Sign(body, Secret));
    }

    private Task<int> MessagesAsync() => _database.SingleAsync<int>("select count(*)::int from messages where organization_id = @Id", new { _other.Id });

    private Task<int> EventsAsync(TestOrganization organization)
        => _database.SingleAsync<int>("select count(*)::int from account_events where organization_id = @Id", new { organization.Id });
}
