using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace PyTake.Operations;

public sealed class LiveOperationsTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNode _one = null!;
    private TestNode _two = null!;
    private TestOrganization _operators = null!;

    [Fact]
    public async Task It_streams_the_state_of_nodes_and_queues_every_second()
    {
        await using var browser = await SignalRClient.ConnectAsync(_one, _operators.Agent.Token);
        using var stream = await Stream.OpenAsync(_two, _operators.Admin.Token);

        var first = await stream.Until(s => s.GetProperty("nodes").EnumerateArray().Sum(n => Connections(n)) == 1);
        Assert.Equal("no", stream.Response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Equal(2, first.GetProperty("nodes").GetArrayLength());
        Assert.Equal(0, first.GetProperty("items").GetProperty("dead").GetInt64());
        Assert.Equal(0, first.GetProperty("outbound").GetProperty("queued").GetInt64());
        var dead = await _database.SingleAsync<long>("""
            insert into webhook_items_set_aside (id, lane, received_at, kind, payload, state, attempts, error, due_at)
            values (77, 3, now(), 'message', 'x', 'dead', 9, 'No such thing', null) returning id
            """);
        await _database.ExecuteAsync("insert into webhook_items (lane, received_at, kind, payload) values (5, now() - interval '1 minute', 'message', 'x')");

        var later = await stream.Until(s => s.GetProperty("items").GetProperty("dead").GetInt64() == 1);
        var partition = Assert.Single(later.GetProperty("lanes").EnumerateArray());
        Assert.Equal(77, dead);
        Assert.Equal(5, partition.GetProperty("lane").GetInt32());
        Assert.InRange(partition.GetProperty("oldest_age_ms").GetInt64(), 60_000, 120_000);
    }

    [Fact]
    public async Task Times_of_all_nodes_are_measured_while_somebody_watches()
    {
        Assert.False(_one.Get<NodeTimes>().IsOn);
        using var stream = await Stream.OpenAsync(_two, _operators.Admin.Token);
        await Wait.Until(() => _one.Get<NodeTimes>().IsOn && _two.Get<NodeTimes>().IsOn);
        var conversation = await Given.Conversation(_operators);

        // The change is committed on the first node, and watched on the second.
        (await _operators.Agent.Http.Post($"{conversation.Path}/notes", new { text = "Please call her" })).Expect(HttpStatusCode.Created);

        var told = await stream.Until(s => Time(s, "commit_to_fan_out").GetProperty("count").GetInt64() > 0);
        Assert.Equal(1, Time(told, "commit_to_fan_out").GetProperty("count").GetInt64());
        Assert.InRange(Time(told, "commit_to_fan_out").GetProperty("p99_ms").GetDouble(), 0.05, 5_000);
        Assert.Equal(0, Time(told, "webhook_to_browser").GetProperty("count").GetInt64());
    }

    [Fact]
    public async Task One_sampler_serves_all_listeners_and_pauses_without_any()
    {
        var feed = _one.Get<OperationsFeed>();
        Assert.False(feed.IsOn);
        using (var here = await Stream.OpenAsync(_one, _operators.Admin.Token))
        using (var there = await Stream.OpenAsync(_one, _operators.Admin.Token))
        {
            string?[] heard = [await At(here), await At(here), await At(here)];
            Assert.Contains(await At(there), heard);
            Assert.True(feed.IsOn);
        }
        await Wait.Until(() => !feed.IsOn);
    }

    [Fact]
    public async Task It_ends_with_the_session_the_right_and_the_token()
    {
        using var loggedOut = await Stream.OpenAsync(_one, _operators.Admin.Token);
        await loggedOut.Next();
        await _database.ExecuteAsync("update sessions set revoked_at = now() where id = @SessionId", _operators.Admin);
        await loggedOut.End();

        var second = await Given.User(_one, _operators.Id, "org_admin");
        using var demoted = await Stream.OpenAsync(_one, second.Token);
        await demoted.Next();
        await _database.ExecuteAsync("update users set role = 'agent' where id = @Id", second);
        await demoted.End();

        var third = await Given.User(_one, _operators.Id, "org_admin");
        var token = Given.Token(third.Id, _operators.Id, "org_admin", third.SessionId, TimeSpan.FromSeconds(2));
        using var expired = await Stream.OpenAsync(_one, token);
        await expired.Next();
        await expired.End();
    }

    [Fact]
    public async Task It_ends_when_its_node_stops()
    {
        var node = Start();
        using var stream = await Stream.OpenAsync(node, _operators.Admin.Token);
        await stream.Next();

        await node.DisposeAsync();

        await stream.End();
    }

    [Fact]
    public async Task Others_may_not_watch()
    {
        var strangers = await Given.Organization(_one);

        Assert.Equal(HttpStatusCode.Unauthorized, await Stream.StatusAsync(_one, null));
        Assert.Equal(HttpStatusCode.Forbidden, await Stream.StatusAsync(_one, _operators.Agent.Token));
        Assert.Equal(HttpStatusCode.Forbidden, await Stream.StatusAsync(_one, strangers.Admin.Token));
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        var id = Guid.CreateVersion7();
        await _database.ExecuteAsync("insert into organizations (id, name) values (@id, 'Operators'); insert into inbox_counters (organization_id) values (@id)", new { id });
        (_one, _two) = (Start(id), Start(id));
        _operators = new TestOrganization(
            _one, id, await Given.User(_one, id, "org_admin"), await Given.User(_one, id, "agent"), await Given.User(_one, id, "agent"),
            await Given.User(_one, id, "viewer"), await Given.Number(_one, id));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    private TestNode Start(Guid? operators = null) => TestNode.Start(
        _database, ("Operations:OrganizationId", (operators ?? _operators.Id).ToString()), ("Realtime:RightsCheck", "00:00:00.5"));

    private static async Task<string?> At(Stream stream) => (await stream.Next()).GetProperty("at").GetString();

    private static int Connections(JsonElement node) => node.GetProperty("connections").EnumerateObject().Sum(endpoint => endpoint.Value.GetInt32());

    private static JsonElement Time(JsonElement snapshot, string name) => snapshot.GetProperty("times").GetProperty(name);

    /// <summary>Does what a browser does: fetches with a header, and reads the events as they arrive.</summary>
    private sealed class Stream(HttpResponseMessage response, IAsyncEnumerator<SseItem<string>> events) : IDisposable
    {
        private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

        public HttpResponseMessage Response => response;

        public static async Task<Stream> OpenAsync(TestNode node, string token)
        {
            var response = await node.Client(token).GetAsync("/api/v1/ops/live", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
            return new Stream(response, SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator());
        }

        public static async Task<HttpStatusCode> StatusAsync(TestNode node, string? token)
        {
            using var response = await node.Client(token).GetAsync("/api/v1/ops/live", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline);
            return response.StatusCode;
        }

        public async Task<JsonElement> Next()
        {
            Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Deadline));
            Assert.Equal("snapshot", events.Current.EventType);
            return JsonElement.Parse(events.Current.Data);
        }

        public async Task<JsonElement> Until(Func<JsonElement, bool> found)
        {
            while (true)
                if (await Next() is var snapshot && found(snapshot))
                    return snapshot;
        }

        public async Task End()
        {
            while (await events.MoveNextAsync().AsTask().WaitAsync(Deadline)) { }
        }

        public void Dispose() => response.Dispose();
    }
}
