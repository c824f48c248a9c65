using System.Net;

namespace PyTake.WhatsApp.Ingest;

/// <summary>The endpoints by which operators see webhook items, and replay or discard them.</summary>
public sealed class WebhookItemTests : IAsyncLifetime
{
    private const string Path = "/api/v1/ops/items";
    private TestDatabase _database = null!;
    private TestNode _arranging = null!;
    private TestNode _node = null!;
    private TestOrganization _operators = null!;
    private HttpClient _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _arranging = TestNode.Start(_database);
        _operators = await Given.Organization(_arranging);
        _node = TestNode.Start(_database, ("Operations:OrganizationId", _operators.Id.ToString()));
        _operator = _node.Client(_operators.Admin.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _arranging.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Items_are_listed_by_state_newest_first_and_page_by_page()
    {
        for (var id = 1; id <= 6; id++) await DeferredItem(id, id % 2 == 0 ? "parked" : id == 5 ? "retry" : "dead");
        await _database.ExecuteAsync("select setval(pg_get_serial_sequence('webhook_items', 'id'), 6)");
        await Meta.Post(_node, Meta.Text(_operators.Number, "5511966660001", "waits"));

        await Lists("", 7, 6, 5, 4, 3, 2, 1);
        await Lists("?state=parked", 6, 4, 2);
        await Lists("?state=dead", 3, 1);
        await Lists("?state=pending", 7, 5);
        await Lists("?state=parked,dead&before=6&limit=2", 4, 3);
        var first = (await _operator.Get($"{Path}?limit=1")).Body[0];
        Assert.Equal(("message", "pending", 0, _operators.Number.PhoneNumberId), (
            first.GetProperty("kind").GetString(), first.GetProperty("state").GetString(), first.GetProperty("attempts").GetInt32(),
            first.GetProperty("phone_number_id").GetString()));
        Assert.Contains("waits", (await _operator.Get($"{Path}/7")).Expect(HttpStatusCode.OK).Body.GetProperty("payload").GetString());
    }

    [Theory]
    [InlineData("?state=sleeping", "state")]
    [InlineData("?state=", "state")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=many", "limit")]
    [InlineData("?before=x", "before")]
    public async Task A_wrong_query_is_named(string query, string field)
    {
        var answer = (await _operator.Get(Path + query)).ExpectInvalid(field);
        Assert.Equal("query", answer.Body.GetProperty("error").GetProperty("details")[0].GetProperty("loc")[0].GetString());
    }

    [Fact]
    public async Task An_item_is_replayed_or_discarded_once_and_one_that_waits_for_its_turn_is_neither()
    {
        await DeferredItem(1, "parked");
        await DeferredItem(2, "dead");

        Assert.Equal("pending", (await _operator.Post($"{Path}/1/replay")).Expect(HttpStatusCode.OK).Body.GetProperty("state").GetString());
        foreach (var action in (string[])["replay", "discard"])
        {
            (await _operator.Post($"{Path}/1/{action}")).ExpectError(HttpStatusCode.Conflict, "waits for its turn");
            (await _operator.Post($"{Path}/99/{action}")).ExpectError(HttpStatusCode.NotFound);
        }
        (await _operator.Post($"{Path}/2/discard")).Expect(HttpStatusCode.OK);
        (await _operator.Get($"{Path}/2")).ExpectError(HttpStatusCode.NotFound);
        await Lists("", 1);
        Assert.Equal(1, (await _operator.Get("/api/v1/ops/lanes")).Body[0].GetProperty("depth").GetInt32());
    }

    [Fact]
    public async Task Only_administrators_of_the_operating_organization_see_them()
    {
        var other = await Given.Organization(_arranging);
        foreach (var path in (string[])[Path, "/api/v1/ops/lanes", "/api/v1/ops/outbound", "/api/v1/ops/nodes"])
        {
            (await _operator.Get(path)).Expect(HttpStatusCode.OK);
            foreach (var user in (TestUser[])[_operators.Agent, other.Admin])
                (await _node.Client(user.Token).Get(path)).ExpectError(HttpStatusCode.Forbidden);
            (await _node.Client().Get(path)).ExpectError(HttpStatusCode.Unauthorized);
        }
    }

    private Task DeferredItem(long id, string state) => _database.ExecuteAsync("""
        insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error)
        values (@id, 0, now(), 1, 'field', '\x7b7d', @state, 'because')
        """, new { id, state });

    private async Task Lists(string query, params long[] ids) => Assert.Equal(
        ids, (await _operator.Get(Path + query)).Expect(HttpStatusCode.OK).Body.EnumerateArray().Select(i => i.GetProperty("id").GetInt64()));
}
