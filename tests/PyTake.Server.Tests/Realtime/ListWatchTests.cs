using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PyTake.Conversations;
using PyTake.SocketIo;

namespace PyTake.Realtime;

public sealed class ListWatchTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task Nothing_of_the_list_comes_to_a_connection_that_watches_none()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var signalr = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var socketIo = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var watching = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await watching.Watch();

        await Given.InboundMessage(conversation, "Bom dia");
        cluster.One.Get<ChatEvents>().UnreadChanged(organization.Agent.Id, conversation.Id, 0);

        await watching.Next("conversation:updated");
        await watching.Next("conversation:unread_update", u => u.GetProperty("unread_count").GetInt32() == 0);
        await Task.WhenAll(signalr.Call("ping"), socketIo.Call("ping"));
        Assert.Equal(["connected", "presence:snapshot", "pong"], signalr.Events.Select(e => e.Name).Where(name => name != "user:status"));
        Assert.Equal(["connected", "presence:snapshot", "pong"], socketIo.Names.Where(name => name != "user:status"));
    }

    [Fact]
    public async Task The_answer_has_the_view_the_position_and_the_counts_of_the_caller()
    {
        var organization = await Given.Organization(cluster.One);
        var (mine, queued) = (await Given.OpenConversation(organization), await Given.OpenConversation(organization));
        var pending = await Given.Conversation(organization, status: "pending");
        await Given.Conversation(organization, status: "closed");
        await Assign(mine, organization.Agent);
        await Assign(pending, organization.OtherAgent);
        (await organization.Agent.Http.Post($"{mine.Path}/read")).Expect(HttpStatusCode.OK);
        await using var signalr = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var socketIo = await SocketIoClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);

        var answer = await signalr.Watch("mine", 50);
        var acknowledged = (await socketIo.Watch("unassigned", 500))[0];

        Assert.Equal(("mine", 8L), (answer.GetProperty("view").GetString(), answer.GetProperty("inbox_seq").GetInt64()));
        Assert.Equal(new ListCounts(Open: 2, Mine: 1, Unassigned: 1, Pending: 1, Waiting: 2, Unread: 1), Counts(answer.GetProperty("counts")));
        Assert.Equal(("unassigned", 8L), (acknowledged.GetProperty("view").GetString(), acknowledged.GetProperty("inbox_seq").GetInt64()));
        Assert.Equal(new ListCounts(Open: 2, Mine: 1, Unassigned: 1, Pending: 1, Waiting: 2, Unread: 2), Counts(acknowledged.GetProperty("counts")));
        Assert.Equal(queued.Id, (await organization.Agent.Http.Get($"{ConversationEndpoints.Path}?view=unassigned")).Body[0].GetProperty("id").GetGuid());
    }

    [Theory]
    [InlineData("{}", "view is required")]
    [InlineData("""{"view":7,"limit":1}""", "view must be text")]
    [InlineData("""{"view":"all","limit":1}""", "view must be one of open, mine, unassigned, pending, closed, waiting")]
    [InlineData("""{"view":"None","limit":1}""", "view must be one of open, mine, unassigned, pending, closed, waiting")]
    [InlineData("""{"view":"department:0190d7f1-0000-7000-8000-000000000000","limit":1}""", "There are no departments to watch yet")]
    [InlineData("""{"view":"open"}""", "limit is required")]
    [InlineData("""{"view":"open","limit":0}""", "limit must be 1 to 500")]
    [InlineData("""{"view":"open","limit":501}""", "limit must be 1 to 500")]
    [InlineData("""{"view":"open","limit":"1"}""", "limit must be a whole number, 0 or more")]
    [InlineData("""{"view":"open","limit":1,"after_inbox_seq":-1}""", "after_inbox_seq must be a whole number, 0 or more")]
    public async Task A_wrong_watch_fails_with_a_message(string argument, string words)
    {
        var organization = await Given.Organization(cluster.One);
        await using var signalr = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var socketIo = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);

        var failed = await Assert.ThrowsAsync<HubCallFailed>(() => signalr.CallRaw("watch_conversations", $"[{argument}]"));
        var refused = await socketIo.Call("watch_conversations", JsonDocument.Parse(argument).RootElement);

        Assert.Contains(words, failed.Message, StringComparison.Ordinal);
        Assert.Equal(words, refused[0].GetProperty("error").GetString());
        Assert.Equal("invalid", (await signalr.Next("error")).GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_assignment_removes_the_conversation_from_the_list_of_the_agent_who_had_it_and_adds_it_to_the_others()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await Assign(conversation, organization.Agent);
        await using var had = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var hadElsewhere = await SocketIoClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var gets = await SocketIoClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await using var neither = await SignalRClient.ConnectAsync(cluster.Two, organization.Admin.Token);
        await Task.WhenAll(had.Watch("mine"), hadElsewhere.Watch("mine", 7), gets.Watch("mine"), neither.Watch("mine"));

        await Assign(conversation, organization.OtherAgent);

        var expected = $$"""{"conversation_id":"{{conversation.Id}}","inbox_seq":4,"prev_inbox_seq":3}""";
        Assert.Equal(expected, (await had.Next("conversation:removed")).GetRawText());
        Assert.Equal(expected, (await hadElsewhere.Next("conversation:removed")).GetRawText());
        var updated = await gets.Next("conversation:updated");
        Assert.Equal((conversation.Id, 3L, 4L), (updated.GetProperty("id").GetGuid(), Prev(updated), Seq(updated)));
        Assert.False(updated.TryGetProperty("unread_count", out _));

        // Events of these changes would have come before the answer to the next one.
        await Assign(conversation, organization.Admin);
        await neither.Next("conversation:updated");
        Assert.Equal([5L], neither.All("conversation:updated").Select(Seq));
        Assert.Empty(neither.All("conversation:removed"));
        Assert.Equal([4L], had.All("conversation:removed").Select(Seq));
        Assert.Empty(had.All("conversation:updated"));
    }

    [Fact]
    public async Task Closing_moves_a_conversation_from_the_open_to_the_closed_and_reopening_moves_it_back()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await using var open = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var closed = await SocketIoClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var waiting = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await Task.WhenAll(open.Watch(), closed.Watch("closed"), waiting.Watch("waiting"));

        (await organization.Agent.Http.Post($"{conversation.Path}/close")).Expect(HttpStatusCode.OK);
        Assert.Equal(3, Seq(await open.Next("conversation:removed")));
        Assert.Equal(3, Seq(await waiting.Next("conversation:removed")));
        Assert.Equal("closed", (await closed.Next("conversation:updated")).GetProperty("status").GetString());

        (await organization.Agent.Http.Post($"{conversation.Path}/reopen")).Expect(HttpStatusCode.OK);
        Assert.Equal((3L, 4L), Range(await open.Next("conversation:updated")));
        Assert.Equal(4, Seq(await closed.Next("conversation:removed")));
        Assert.Equal(4, Seq(await waiting.Next("conversation:updated")));
    }

    [Fact]
    public async Task Only_the_first_rows_are_updated_and_a_new_message_makes_a_row_the_first()
    {
        var organization = await Given.Organization(cluster.One);
        var (old, newer) = (await Given.OpenConversation(organization), await Given.OpenConversation(organization));
        await using var one = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var two = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await Task.WhenAll(one.Watch(limit: 1), two.Watch(limit: 2));

        await Prioritize(old, "urgent");
        await Prioritize(newer, "low");
        Assert.Equal((4L, 6L), Range(await one.Next("conversation:updated")));
        Assert.Equal([(4L, 5L), (5L, 6L)], [Range(await two.Next("conversation:updated")), Range(await two.Next("conversation:updated"))]);

        await Given.InboundMessage(old, "Alô?");
        Assert.Equal(old.Id, (await one.Next("conversation:updated")).GetProperty("id").GetGuid());
        await Prioritize(newer, "high");
        await Prioritize(old, "medium");
        Assert.Equal((7L, 9L), Range(await one.Next("conversation:updated")));

        // The other row becomes the first where the first one leaves.
        (await organization.Agent.Http.Post($"{old.Path}/close")).Expect(HttpStatusCode.OK);
        await one.Next("conversation:removed");
        await Prioritize(newer, "low");
        Assert.Equal((10L, 11L), Range(await one.Next("conversation:updated")));
    }

    [Fact]
    public async Task What_changed_since_comes_first_scoped_to_the_view_and_in_one_chain_with_what_follows()
    {
        var organization = await Given.Organization(cluster.One);
        var (closed, read, silent) = (await Given.OpenConversation(organization), await Given.OpenConversation(organization), await Given.OpenConversation(organization));
        (await organization.Agent.Http.Post($"{closed.Path}/close")).Expect(HttpStatusCode.OK);
        await Given.InboundMessage(read, "Alô?");
        foreach (var connect in Endpoints)
        {
            await using var client = await connect(cluster.Two, organization.Agent.Token);

            var answer = await client.Watch("open", 100, afterInboxSeq: 6);
            await Wait.Until(() => client.Unread.Count == 1);

            Assert.Equal([("conversation:removed", 6L, 7L), ("conversation:updated", 7L, 8L)], client.Chain);
            Assert.Equal(8, answer.GetProperty("inbox_seq").GetInt64());
            Assert.Equal((read.Id, 2), client.Unread[0]);
        }
        await using var follows = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await follows.Watch(afterInboxSeq: 7);
        await Given.InboundMessage(silent, "Oi");
        Assert.Equal((7L, 8L), Range(await follows.Next("conversation:updated")));
        Assert.Equal((8L, 9L), Range(await follows.Next("conversation:updated")));
    }

    [Fact]
    public async Task A_client_that_missed_too_much_or_knows_more_than_the_database_is_told_to_resync()
    {
        await using var node = cluster.Start(("Realtime:CatchUpLimit", "3"));
        var organization = await Given.Organization(node);
        foreach (var _ in Enumerable.Range(0, 4)) await Given.Conversation(organization);
        foreach (var connect in Endpoints)
            foreach (var (after, resyncs, changes) in new[] { (0, 1, 0), (1, 0, 3), (4, 0, 0), (5, 1, 0) })
            {
                await using var client = await connect(node, organization.Agent.Token);
                Assert.Equal(4, (await client.Watch("open", 1, after)).GetProperty("inbox_seq").GetInt64());
                await client.Ping();
                Assert.Equal(Enumerable.Repeat(4L, resyncs), client.Resyncs);
                Assert.Equal(changes, client.Chain.Count);
            }
    }

    [Fact]
    public async Task A_database_restored_to_an_earlier_state_causes_a_resync_of_those_who_watch()
    {
        await using var node = cluster.Start(("Realtime:PositionCheck", "00:00:00.1"));
        var organization = await Given.Organization(node);
        var conversations = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Given.Conversation(organization)));
        await using var watching = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await using var other = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await watching.Watch();

        await cluster.Database.ExecuteAsync("""
            update conversations set inbox_seq = inbox_seq - 4 where organization_id = @Id;
            update inbox_counters set inbox_seq = 2 where organization_id = @Id;
            """, new { organization.Id });

        Assert.Equal(2, (await watching.Next("resync")).GetProperty("inbox_seq").GetInt64());
        await Given.InboundMessage(conversations[0], "Bom dia");
        Assert.Equal((2L, 3L), Range(await watching.Next("conversation:updated")));
        await other.Call("ping");
        Assert.Empty(other.All("resync"));
    }

    [Fact]
    public async Task A_watch_that_cannot_begin_fails_and_works_when_it_is_repeated()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, ("Logging:LogLevel:PyTake.Realtime", "None"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await database.ExecuteAsync("alter table inbox_counters rename to hidden");
        await Assert.ThrowsAsync<HubCallFailed>(() => client.Watch());
        await database.ExecuteAsync("alter table hidden rename to inbox_counters");

        await client.Watch();
        await Given.InboundMessage(conversation, "Bom dia");

        Assert.Equal((1L, 2L), Range(await client.Next("conversation:updated")));
    }

    [Fact]
    public async Task A_new_watch_replaces_the_old_one_and_the_last_one_can_be_ended()
    {
        var organization = await Given.Organization(cluster.One);
        var (open, pending) = (await Given.Conversation(organization), await Given.Conversation(organization, status: "pending"));
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var control = await SignalRClient.ConnectAsync(cluster.One, organization.OtherAgent.Token);
        await Task.WhenAll(client.Watch("open"), control.Watch("open"));
        await client.Watch("pending");

        await Given.InboundMessage(open, "um");
        await Given.InboundMessage(pending, "dois");
        Assert.Equal((2L, 4L), Range(await client.Next("conversation:updated")));

        await client.Call("unwatch_conversations");
        var heard = client.Events.Count;
        await Given.InboundMessage(pending, "três");
        await Given.InboundMessage(open, "quatro");
        await control.Next("conversation:updated", c => Seq(c) == 6);
        await client.Call("ping");
        Assert.Equal(heard + 1, client.Events.Count);
        await client.Call("unwatch_conversations");
    }

    [Fact]
    public async Task Counts_come_when_one_of_them_changed_and_at_most_once_a_second()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        var before = Counts((await client.Watch("mine")).GetProperty("counts"));
        Assert.Equal(new ListCounts(1, 0, 1, 0, 0, 0), before);
        var begun = Stopwatch.StartNew();

        var made = 0;
        for (; begun.Elapsed < TimeSpan.FromSeconds(1.2); made++) await Given.OpenConversation(organization);
        await Assign(conversation, organization.Agent);
        await client.Next("conversation:counts", c => Counts(c) == new ListCounts(1 + made, 1, made, 0, made, made));
        (await organization.Agent.Http.Post($"{conversation.Path}/close")).Expect(HttpStatusCode.OK);
        await client.Next("conversation:counts", c => Counts(c) == new ListCounts(made, 0, made, 0, made, made));

        Assert.InRange(client.All("conversation:counts").Count, 2, (int)begun.Elapsed.TotalSeconds + 1);
        Assert.Equal(client.All("conversation:counts").Select(Counts).Distinct().Count(), client.All("conversation:counts").Count);
    }

    [Fact]
    public async Task Reading_changes_the_readers_counts_only()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await using var reader = await SocketIoClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var colleague = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await Task.WhenAll(reader.Watch("mine"), colleague.Watch("mine"));

        (await organization.Agent.Http.Post($"{conversation.Path}/read")).Expect(HttpStatusCode.OK);

        Assert.Equal(new ListCounts(1, 0, 1, 0, 1, 0), Counts(await reader.Next("conversation:counts")));
        await colleague.Call("ping");
        Assert.Empty(colleague.All("conversation:counts"));
    }

    [Fact]
    public async Task Unread_counts_come_only_for_conversations_that_the_connection_watches_or_has_open()
    {
        var organization = await Given.Organization(cluster.One);
        var (theirs, opened, mine) = (await Given.Conversation(organization), await Given.Conversation(organization), await Given.Conversation(organization));
        await Assign(mine, organization.Agent);
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await client.Watch("mine");
        await client.Join(opened.Id);

        foreach (var conversation in new[] { theirs, opened, mine }) await Given.InboundMessage(conversation, "Bom dia");
        foreach (var conversation in new[] { opened, mine }) await client.Next("conversation:unread_update", u => Told(u) == (conversation.Id, 1));
        foreach (var conversation in new[] { theirs, opened, mine }) cluster.One.Get<ChatEvents>().UnreadChanged(organization.Agent.Id, conversation.Id, 0);
        foreach (var conversation in new[] { opened, mine }) await client.Next("conversation:unread_update", u => Told(u) == (conversation.Id, 0));

        Assert.DoesNotContain(client.All("conversation:unread_update"), u => Told(u).Id == theirs.Id);
        Assert.Equal(4, client.All("conversation:unread_update").Count);
    }

    [Fact]
    public async Task Every_device_of_a_user_receives_the_unread_counts()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var one = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var two = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await Task.WhenAll(one.Watch(), two.Watch());
        cluster.One.Get<ChatEvents>().UnreadChanged(organization.Agent.Id, conversation.Id, 0);

        await Given.InboundMessage(conversation, "Bom dia");

        foreach (var client in new[] { one, two }) await client.Next("conversation:unread_update", u => Told(u) == (conversation.Id, 1));
    }

    [Theory]
    [InlineData("mine")]
    [InlineData("open")]
    [InlineData("waiting")]
    [InlineData("closed")]
    public async Task A_list_built_from_events_equals_the_database_however_often_the_client_reconnects(string view)
    {
        const int Conversations = 12, Writers = 3, Changes = 60;
        var organization = await Given.Organization(cluster.One);
        var conversations = new List<TestConversation>();
        for (var i = 0; i < Conversations; i++) conversations.Add(await Given.OpenConversation(organization));
        var screen = new Screen(view, organization);
        await screen.LoadAsync();

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer, organization, conversations, Changes))));
        for (var n = 0; !writing.IsCompleted; n++) await screen.WatchForAWhileAsync(n % 2 == 0 ? cluster.One : cluster.Two, Endpoints[n / 2 % 2]);
        await writing;
        await screen.WatchForAWhileAsync(cluster.One, Endpoints[0]);

        Assert.Equal(await screen.ListedAsync(), screen.Shown);
    }

    private async Task WriteAsync(int writer, TestOrganization organization, List<TestConversation> conversations, int changes)
    {
        var random = new Random(writer);
        using var http = (writer % 2 == 0 ? cluster.One : cluster.Two).Client(organization.Agent.Token);
        for (var i = 0; i < changes; i++)
        {
            var conversation = conversations[random.Next(conversations.Count)];
            // Some are refused, since another writer did the same.
            _ = random.Next(6) switch
            {
                0 => await http.Post($"{conversation.Path}/assign", new { agent_id = organization.Agent.Id }),
                1 => await http.Post($"{conversation.Path}/assign", new { agent_id = organization.OtherAgent.Id }),
                2 => await http.Post($"{conversation.Path}/close"),
                3 => await http.Post($"{conversation.Path}/reopen"),
                4 => await http.Post($"{conversation.Path}/notes", new { text = "Nota" }),
                _ => await Written(conversation),
            };
        }

        static async Task<Answer?> Written(TestConversation conversation)
        {
            await Given.InboundMessage(conversation, "Oi");
            return null;
        }
    }

    /// <summary>What a client shows that applies the events as the contract says, and checks their chain.</summary>
    private sealed class Screen(string view, TestOrganization organization)
    {
        private readonly SortedDictionary<Guid, long> _rows = [];
        private long _position;

        public IEnumerable<(Guid Id, long InboxSeq)> Shown => _rows.Select(row => (row.Key, row.Value));

        public async Task<IEnumerable<(Guid Id, long InboxSeq)>> ListedAsync() => (await ReadAsync()).As<Conversation[]>().Select(c => (c.Id, c.InboxSeq)).OrderBy(c => c.Id);

        public async Task LoadAsync()
        {
            var page = await ReadAsync();
            foreach (var conversation in page.As<Conversation[]>()) _rows[conversation.Id] = conversation.InboxSeq;
            _position = long.Parse(page.Header("X-Inbox-Seq"));
        }

        /// <summary>Connects, catches up, listens until some events have come or there are none for now, and drops the connection.</summary>
        public async Task WatchForAWhileAsync(TestNode node, Connect connect)
        {
            await using var client = await connect(node, organization.Agent.Token);
            var known = _position;
            var answer = await client.Watch(view, 500, _position);
            var begun = answer.GetProperty("inbox_seq").GetInt64();
            await Wait.Becomes(() => Task.FromResult(client.Changes.Any(c => Seq(c.Payload) > begun + 5)), TimeSpan.FromMilliseconds(300), CancellationToken.None);
            foreach (var (name, change) in client.Changes)
            {
                Assert.True(Prev(change) <= known && Seq(change) > known, $"{name} {Prev(change)} to {Seq(change)} after {known}");
                known = Seq(change);
                if (name == "conversation:updated") _rows[change.GetProperty("id").GetGuid()] = known;
                else _rows.Remove(change.GetProperty("conversation_id").GetGuid());
            }
            _position = Math.Max(known, begun);
        }

        private async Task<Answer> ReadAsync()
            => (await organization.Agent.Http.Get($"{ConversationEndpoints.Path}?view={view}")).Expect(HttpStatusCode.OK);
    }

    private delegate Task<Client> Connect(TestNode node, string token);

    private static readonly Connect[] Endpoints =
    [
        async (node, token) => new SignalR(await SignalRClient.ConnectAsync(node, token)),
        async (node, token) => new SocketIo(await SocketIoClient.ConnectAsync(node, token)),
    ];

    /// <summary>A client over either endpoint.</summary>
    private abstract class Client : IAsyncDisposable
    {
        protected abstract IReadOnlyList<(string Name, JsonElement Payload)> Events { get; }

        public IReadOnlyList<(string Name, JsonElement Payload)> Changes
            => [.. Events.Where(e => e.Name is "conversation:updated" or "conversation:removed")];

        public IReadOnlyList<(string Name, long Prev, long Seq)> Chain => [.. Changes.Select(e => (e.Name, Prev(e.Payload), Seq(e.Payload)))];

        public IReadOnlyList<(Guid Id, int Count)> Unread => [.. Events.Where(e => e.Name == "conversation:unread_update").Select(e => Told(e.Payload))];

        public IEnumerable<long> Resyncs => Events.Where(e => e.Name == "resync").Select(e => e.Payload.GetProperty("inbox_seq").GetInt64());

        public abstract Task<JsonElement> Watch(string view, int limit, long afterInboxSeq);

        public abstract Task Ping();

        public abstract ValueTask DisposeAsync();
    }

    private sealed class SignalR(SignalRClient client) : Client
    {
        protected override IReadOnlyList<(string, JsonElement)> Events => [.. client.Events.Select(e => (e.Name, e.Payload))];

        public override Task<JsonElement> Watch(string view, int limit, long afterInboxSeq) => client.Watch(view, limit, afterInboxSeq);

        public override Task Ping() => client.Call("ping");

        public override ValueTask DisposeAsync() => client.DisposeAsync();
    }

    private sealed class SocketIo(SocketIoClient client) : Client
    {
        protected override IReadOnlyList<(string, JsonElement)> Events => client.Events;

        public override async Task<JsonElement> Watch(string view, int limit, long afterInboxSeq) => (await client.Watch(view, limit, afterInboxSeq))[0];

        public override Task Ping() => client.Call("ping");

        public override ValueTask DisposeAsync() => client.DisposeAsync();
    }

    private static async Task Assign(TestConversation conversation, TestUser agent)
        => (await conversation.Organization.Admin.Http.Post($"{conversation.Path}/assign", new { agent_id = agent.Id })).Expect(HttpStatusCode.OK);

    private static async Task Prioritize(TestConversation conversation, string priority)
        => (await conversation.Organization.Admin.Http.Put(conversation.Path, new { priority })).Expect(HttpStatusCode.OK);

    private static ListCounts Counts(JsonElement json) => json.Deserialize<ListCounts>(Json.Wire.Options)!;

    private static (Guid Id, int Count) Told(JsonElement update) => (update.GetProperty("conversation_id").GetGuid(), update.GetProperty("unread_count").GetInt32());

    private static long Seq(JsonElement change) => change.GetProperty("inbox_seq").GetInt64();

    private static long Prev(JsonElement change) => change.GetProperty("prev_inbox_seq").GetInt64();

    private static (long, long) Range(JsonElement change) => (Prev(change), Seq(change));
}
