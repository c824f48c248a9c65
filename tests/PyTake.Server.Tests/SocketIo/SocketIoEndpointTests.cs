using System.Net;
using System.Text.Json;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Realtime;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>Section 6 of CONTRACT through the second endpoint.</summary>
public sealed class SocketIoEndpointTests(Cluster cluster) : IClassFixture<Cluster>
{
    // --- admission ---

    [Fact]
    public async Task A_client_is_greeted_like_any_other_and_counted_by_its_endpoint()
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);

        var connected = await client.Next("connected");
        var snapshot = await client.Next("presence:snapshot");

        Assert.Equal(organization.Agent.Id, connected.GetProperty("user_id").GetGuid());
        Assert.Contains(snapshot.GetProperty("users").EnumerateArray(), u => u.GetProperty("user_id").GetGuid() == organization.Agent.Id);
        var socket = cluster.One.Get<ChatSockets>().Find(client.Sid);
        Assert.Equal("socketio", socket?.Endpoint.Name);
        Assert.True(cluster.One.Get<ChatSockets>().ByEndpoint()["socketio"] >= 1);
    }

    [Fact]
    public async Task Without_a_valid_token_a_client_is_refused_with_the_reason()
    {
        var organization = await Given.Organization(cluster.One);
        var (agent, viewer, other) = (organization.Agent, organization.Viewer, organization.OtherAgent);
        await cluster.Database.ExecuteAsync("update sessions set revoked_at = now() where id = @SessionId", agent);
        await cluster.Database.ExecuteAsync("update users set is_active = false where id = @Id", viewer);
        var expired = Given.Token(other.Id, organization.Id, Role.Agent, other.SessionId, TimeSpan.FromSeconds(-1));

        foreach (var (auth, message) in new (object?, string)[]
        {
            (null, "A token is required"), ("{}", "A token is required"), ("""{"token":7}""", "A token is required"), ("""{"token":""}""", "A token is required"),
            ("""{"token":"\ud800"}""", "A token is required"), (new { token = "nonsense" }, "The token is not valid"), (new { token = expired }, "The token is not valid"),
            (new { token = agent.Token }, "The session is over"), (new { token = viewer.Token }, "The session is over"),
        })
        {
            var refused = await Assert.ThrowsAsync<ConnectRefused>(() => SocketIoClient.OpenAsync(cluster.One, auth));
            Assert.Equal((message, "unauthorized"), (refused.Payload.GetProperty("message").GetString(), refused.Payload.GetProperty("data").GetProperty("code").GetString()));
        }
    }

    [Fact]
    public async Task Another_namespace_is_refused_and_the_main_one_is_still_open()
    {
        var organization = await Given.Organization(cluster.One);
        await using var socket = await SocketIoTests.Opened(cluster.One.Url);

        await socket.Send("40/admin,{\"token\":\"" + organization.Admin.Token + "\"}");
        Assert.Equal("""44/admin,{"message":"Invalid namespace"}""", await socket.Text());
        await socket.Send("40{\"token\":\"" + organization.Admin.Token + "\"}");

        Assert.StartsWith("40{", await socket.Text());
    }

    [Theory]
    [InlineData("http://evil.example.com")]
    [InlineData("null")]
    public async Task Only_pages_of_the_host_itself_may_connect(string origin)
    {
        (await cluster.One.Client().Send(HttpMethod.Get, "/socket.io/?EIO=4&transport=polling", null, ("Origin", origin))).Expect(HttpStatusCode.Forbidden);
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<SocketRefused>(() => RawSocket.OpenAsync(cluster.One.Url, origin: origin))).Status);
        await using var socket = await RawSocket.OpenAsync(cluster.One.Url, origin: $"http://127.0.0.1:{cluster.One.Url.Port}");
        Assert.StartsWith("0{", await socket.Text());
    }

    [Fact]
    public async Task Pages_of_allowed_origins_may_poll()
    {
        await using var node = cluster.Start(("Realtime:AllowedOrigins:0", "https://inbox.example.com"));
        var origin = ("Origin", "https://inbox.example.com");

        var opened = await node.Client().Send(HttpMethod.Get, "/socket.io/?EIO=4&transport=polling", null, origin);
        var preflight = await node.Client().Send(HttpMethod.Options, "/socket.io/?EIO=4&transport=polling", null, origin, ("Access-Control-Request-Method", "POST"));

        Assert.Equal(("https://inbox.example.com", "true"),
            (opened.Expect(HttpStatusCode.OK).Header("Access-Control-Allow-Origin"), opened.Header("Access-Control-Allow-Credentials")));
        Assert.Equal("https://inbox.example.com", preflight.Expect(HttpStatusCode.NoContent).Header("Access-Control-Allow-Origin"));
    }

    // --- events and calls ---

    [Fact]
    public async Task Clients_of_both_endpoints_on_two_nodes_receive_the_same_in_the_same_order()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var here = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var there = await SocketIoClient.ConnectAsync(cluster.Two, organization.Admin.Token);
        await using var signalr = await SignalRClient.ConnectAsync(cluster.One, organization.OtherAgent.Token);
        await Task.WhenAll(here.Join(conversation.Id), there.Join(conversation.Id), signalr.Join(conversation.Id));

        for (var i = 0; i < 20; i++)
        {
            var message = await Given.InboundMessage(conversation, $"Line {i}");
            if (i % 5 == 0) await Given.Changed(conversation, message.Id, ChangeKind.Updated, m => m);
        }

        static IReadOnlyList<JsonElement> Stream(Func<string, IReadOnlyList<JsonElement>> all)
            => [.. all("message:new").Concat(all("message:updated")).OrderBy(m => m.GetProperty("seq").GetInt64())];
        await Wait.Until(() => new[] { Stream(here.All), Stream(there.All), Stream(signalr.All) }.All(s => s.Count == 24));
        Assert.Equal(Enumerable.Range(1, 24), Stream(here.All).Select(m => m.GetProperty("seq").GetInt32()));
        Assert.Equal(Stream(signalr.All).Select(m => m.GetRawText()), Stream(here.All).Select(m => m.GetRawText()));
        Assert.Equal(Stream(signalr.All).Select(m => m.GetRawText()), Stream(there.All).Select(m => m.GetRawText()));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"Line {i}"), there.All("message:new").Select(m => m.GetProperty("content").GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Joining_sends_what_changed_since_or_a_resync_if_it_was_too_much()
    {
        await using var node = cluster.Start(("Realtime:CatchUpLimit", "20"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        for (var i = 0; i < 10; i++) await Given.InboundMessage(conversation, $"Line {i}");
        await using var client = await SocketIoClient.ConnectAsync(node, organization.Agent.Token);

        var joined = await client.Join(conversation.Id, 4);

        Assert.Equal((conversation.Id, 10L), (joined[0].GetProperty("conversation_id").GetGuid(), joined[0].GetProperty("last_seq").GetInt64()));
        Assert.Equal(10, (await client.Next("joined_conversation")).GetProperty("last_seq").GetInt64());
        await Wait.Until(() => client.All("message:new").Count == 6);
        Assert.Equal([5L, 6, 7, 8, 9, 10], client.All("message:new").Select(m => m.GetProperty("seq").GetInt64()));

        for (var i = 0; i < 21; i++) await Given.InboundMessage(conversation, $"More {i}");
        await using var late = await SocketIoClient.ConnectAsync(node, organization.Admin.Token);
        await late.Join(conversation.Id, 4);
        Assert.Equal(31, (await late.Next("resync")).GetProperty("last_seq").GetInt64());
    }

    [Fact]
    public async Task Typing_is_seen_over_either_endpoint_but_not_by_the_typist()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var typist = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var signalr = await SignalRClient.ConnectAsync(cluster.Two, organization.Admin.Token);
        await typist.Join(conversation.Id);
        await signalr.Join(conversation.Id);

        Assert.Equal("[]", (await typist.Call("typing_start", new { conversation_id = conversation.Id })).GetRawText());

        Assert.True((await signalr.Next("user_typing")).GetProperty("typing").GetBoolean());
        typist.Raw.Drop();
        Assert.False((await signalr.Next("user_typing", t => !t.GetProperty("typing").GetBoolean())).GetProperty("typing").GetBoolean());
        Assert.Empty(typist.All("user_typing"));
    }

    [Fact]
    public async Task The_error_of_a_call_is_its_acknowledgement_and_an_event()
    {
        var (organization, other) = (await Given.Organization(cluster.One), await Given.Organization(cluster.One));
        var theirs = await Given.Conversation(other);
        await using var client = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);

        var refused = await client.Join(theirs.Id);

        Assert.Equal("""[{"error":"Conversation not found"}]""", refused.GetRawText());
        var error = await client.Next("error");
        Assert.Equal(("Conversation not found", "not_found"), (error.GetProperty("message").GetString(), error.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("join_conversation", "{}", "conversation_id is required")]
    [InlineData("join_conversation", "\"x\"", "An object with conversation_id is required")]
    [InlineData("leave_conversation", null, "An object with conversation_id is required")]
    [InlineData("authenticate", """{"token":"x"}""", "The token is not valid")]
    [InlineData("no_such_thing", "{}", "There is no such method")]
    public async Task A_call_with_wrong_arguments_fails_with_a_message(string name, string? argument, string words)
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);

        var answer = argument is null ? await client.Call(name) : await client.Call(name, JsonDocument.Parse(argument).RootElement);

        Assert.Equal(words, answer[0].GetProperty("error").GetString());
        Assert.True((await client.Call("ping", "one too many"))[0].TryGetProperty("timestamp", out _));
        await client.Next("pong");
    }

    [Fact]
    public async Task A_call_with_attachments_fails_and_the_connection_stays()
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);

        await client.Raw.Send("""451-["join_conversation",{"_placeholder":true,"num":0}]""");
        await client.Raw.Send([1, 2, 3]);

        Assert.Equal("conversation_id is required", (await client.Next("error")).GetProperty("message").GetString());
        await client.Call("ping");
    }

    // --- the end of a connection ---

    [Fact]
    public async Task A_socket_is_closed_when_its_token_expires_so_that_the_client_reconnects()
    {
        var organization = await Given.Organization(cluster.One);
        var (agent, soon) = (organization.Agent, TimeSpan.FromSeconds(2));
        await using var client = await SocketIoClient.ConnectAsync(cluster.One, Given.Token(agent.Id, organization.Id, Role.Agent, agent.SessionId, soon));

        await client.Closed();

        Assert.Equal("token_expired", (await client.Next("error")).GetProperty("code").GetString());
        Assert.False(client.WasSentAway);
    }

    [Fact]
    public async Task A_fresh_token_keeps_the_connection()
    {
        var organization = await Given.Organization(cluster.One);
        var agent = organization.Agent;
        string Short(int seconds) => Given.Token(agent.Id, organization.Id, Role.Agent, agent.SessionId, TimeSpan.FromSeconds(seconds));
        await using var client = await SocketIoClient.ConnectAsync(cluster.One, Short(4));
        await using var other = await SocketIoClient.ConnectAsync(cluster.One, Short(5));

        var result = await client.Call("authenticate", new { token = agent.Token });

        Assert.InRange(result[0].GetProperty("expires_in").GetInt32(), 800, 900);
        await other.Closed();
        Assert.False(client.IsClosed);
        await client.Call("ping");
    }

    [Fact]
    public async Task Logging_out_closes_the_sessions_clients_on_every_node()
    {
        var organization = await Given.Organization(cluster.One);
        await using var here = await SocketIoClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var there = await SocketIoClient.ConnectAsync(cluster.Two, organization.Agent.Token);

        (await organization.Agent.Http.Post("/api/v1/auth/logout", new { refresh_token = "whatever" })).Expect(HttpStatusCode.OK);

        await here.Closed(TimeSpan.FromSeconds(5));
        await there.Closed(TimeSpan.FromSeconds(5));
        Assert.True(here.WasSentAway && there.WasSentAway);
        Assert.Null(cluster.One.Get<ChatSockets>().Find(here.Sid));
    }

    [Fact]
    public async Task Too_many_calls_are_refused_and_going_on_ends_the_connection()
    {
        // So few a second that any machine calls faster.
        await using var node = cluster.Start(("Realtime:CallsPerSecond", "1"), ("Realtime:CallBurst", "20"));
        var organization = await Given.Organization(node);
        await using var client = await SocketIoClient.ConnectAsync(node, organization.Agent.Token);

        for (var i = 0; i < 20; i++) await client.Call("ping");
        await Wait.Until(async () => await Record.ExceptionAsync(() => client.Raw.Send("""42["no_such_method"]""")) is not null || client.IsClosed, TimeSpan.FromMinutes(1));

        await client.Closed();
        Assert.Equal("rate_limit_exceeded", (await client.Next("error")).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_closed_while_others_receive_everything()
    {
        await using var node = cluster.Start(("Backplane:BacklogMessages", "5"), ("Backplane:BacklogBytes", "65536"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        using var slow = new Poller(node.Url, "/socket.io/");
        await slow.Open();
        await slow.Post("40{\"token\":\"" + organization.Agent.Token + "\"}\u001e42[\"join_conversation\",{\"conversation_id\":\"" + conversation.Id + "\"}]");
        await using var quick = await SocketIoClient.ConnectAsync(node, organization.Admin.Token);
        await quick.Join(conversation.Id);
        await slow.PollUntil(p => p.Contains("joined_conversation"));

        var text = new string('x', 4000);
        for (var i = 0; i < 60; i++) await Given.InboundMessage(conversation, text);

        await Wait.Until(() => quick.All("message:new").Count == 60);
        await Wait.Until(() => node.Get<EngineSessions>().Count == 1);
        Poller.AssertRefused(await slow.Poll(), 1, "Session ID unknown");
    }

    [Fact]
    public async Task A_client_that_upgrades_to_a_WebSocket_under_load_receives_each_event_once_and_in_order()
    {
        const string Message = "42[\"message:new\"";
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        using var poller = new Poller(cluster.One.Url, "/socket.io/");
        await poller.Open();
        await poller.Post("40{\"token\":\"" + organization.Agent.Token + "\"}\u001e42[\"join_conversation\",{\"conversation_id\":\"" + conversation.Id + "\"}]");
        var packets = await poller.PollUntil(p => p.Contains("joined_conversation"));
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++) await Given.InboundMessage(conversation, $"Line {i}");
        }, TestContext.Current.CancellationToken);

        packets.AddRange(await poller.PollUntil(p => p.Contains("Line 20")));
        var polling = poller.Poll();
        await using var socket = await RawSocket.OpenAsync(cluster.One.Url, $"EIO=4&transport=websocket&sid={poller.Sid}");
        await socket.Send("2probe");
        Assert.Equal("3probe", await socket.Text());
        packets.AddRange((await polling).Text.Split('\u001e'));
        await socket.Send("5");
        // The event for the list of conversations contains the text too, and may arrive earlier.
        while (!(packets[^1].StartsWith(Message) && packets[^1].Contains("Line 199"))) packets.Add(await socket.Text());

        await writing;
        var lines = packets.Where(p => p.StartsWith(Message)).Select(p => JsonDocument.Parse(p[2..]).RootElement[1].GetProperty("seq").GetInt32());
        Assert.Equal(Enumerable.Range(1, 200), lines);
    }
}
