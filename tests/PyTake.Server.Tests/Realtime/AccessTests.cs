using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PyTake.Accounts;
using PyTake.Nodes;

namespace PyTake.Realtime;

public sealed class AccessTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task A_new_connection_is_greeted_and_gets_the_users_online()
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SignalRClient.OpenAsync(cluster.One, organization.Agent.Token);

        var connected = await client.Next("connected");
        var snapshot = await client.Next("presence:snapshot");

        Assert.Equal(organization.Agent.Id, connected.GetProperty("user_id").GetGuid());
        Assert.StartsWith("node-", connected.GetProperty("node").GetString());
        Assert.Contains(snapshot.GetProperty("users").EnumerateArray(),
            u => u.GetProperty("user_id").GetGuid() == organization.Agent.Id && u.GetProperty("status").GetString() == "online");
    }

    [Fact]
    public async Task Another_organizations_conversation_is_not_found_just_like_an_unknown_one()
    {
        var (organization, other) = (await Given.Organization(cluster.One), await Given.Organization(cluster.One));
        var theirs = await Given.Conversation(other);
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Admin.Token);

        foreach (var id in new[] { theirs.Id, Guid.NewGuid() })
        {
            var refused = await Assert.ThrowsAsync<HubCallFailed>(() => client.Join(id));
            Assert.EndsWith("HubException: Conversation not found", refused.Message);
            var error = await client.Next("error");
            Assert.Equal(("Conversation not found", "not_found"), (error.GetProperty("message").GetString(), error.GetProperty("code").GetString()));
        }
        await Given.InboundMessage(theirs, "secret");
        await client.Call("ping");
        Assert.Empty(client.All("message:new"));
    }

    [Theory]
    [InlineData("join_conversation", """[{}]""", "conversation_id is required")]
    [InlineData("join_conversation", """[{"conversation_id":null}]""", "conversation_id is required")]
    [InlineData("join_conversation", """[{"conversation_id":7}]""", "conversation_id must be a UUID")]
    [InlineData("join_conversation", """[{"conversation_id":"\ud800"}]""", "conversation_id must be a UUID")]
    [InlineData("join_conversation", """["x"]""", "An object with conversation_id is required")]
    [InlineData("join_conversation", """[null]""", "An object with conversation_id is required")]
    [InlineData("join_conversation", """[]""", "An object with conversation_id is required")]
    [InlineData("join_conversation", """[{},{}]""", "conversation_id is required")]
    [InlineData("join_conversation", """[{"conversation_id":"00000000-0000-0000-0000-000000000000","after_seq":"1"}]""", "after_seq must be a whole number")]
    [InlineData("join_conversation", """[{"conversation_id":"00000000-0000-0000-0000-000000000000","after_seq":-1}]""", "after_seq must be a whole number")]
    [InlineData("leave_conversation", """[]""", "An object with conversation_id is required")]
    [InlineData("typing_start", """[7]""", "An object with conversation_id is required")]
    [InlineData("typing_stop", """[{"conversation_id":"00000000-0000-0000-0000-000000000000"}]""", "Join the conversation first")]
    [InlineData("authenticate", """[{"token":7}]""", "token must be text")]
    [InlineData("no_such_thing", """[{}]""", "There is no such method")]
    [InlineData("authenticate", """[{"token":"x"}]""", "The token is not valid")]
    public async Task A_call_with_wrong_arguments_fails_with_a_message(string method, string arguments, string words)
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);

        var failed = await Assert.ThrowsAsync<HubCallFailed>(() => client.CallRaw(method, arguments));

        Assert.Contains("HubException: " + words, failed.Message);
        Assert.StartsWith(words, (await client.Next("error")).GetProperty("message").GetString());
        Assert.True((await client.Call("ping", "one too many")).TryGetProperty("timestamp", out _));
    }

    [Fact]
    public async Task A_ping_is_answered_by_a_pong_with_the_time()
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Viewer.Token);

        await client.Call("ping");

        Assert.InRange((await client.Next("pong")).GetProperty("timestamp").GetDateTime(), DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow);
    }

    [Fact]
    public async Task No_token_a_bad_one_and_one_of_an_ended_session_open_nothing()
    {
        var organization = await Given.Organization(cluster.One);
        var (agent, viewer) = (organization.Agent, organization.Viewer);
        await cluster.Database.ExecuteAsync("update sessions set revoked_at = now() where id = @SessionId", agent);
        await cluster.Database.ExecuteAsync("update users set is_active = false where id = @Id", viewer);
        var expired = Given.Token(organization.Admin.Id, organization.Id, Role.OrgAdmin, organization.Admin.SessionId, TimeSpan.FromSeconds(-1));

        foreach (var token in new[] { "", "nonsense", expired, agent.Token, viewer.Token })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<SocketRefused>(() => SignalRClient.OpenAsync(cluster.One, token))).Status);
            (await cluster.One.Client(token).Post("/hubs/chat/negotiate?negotiateVersion=1")).Expect(HttpStatusCode.Unauthorized);
        }
        (await cluster.One.Client(organization.Admin.Token).Post("/hubs/chat/negotiate?negotiateVersion=1")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_socket_is_closed_when_its_token_expires_and_the_client_may_reconnect()
    {
        var organization = await Given.Organization(cluster.One);
        var (agent, soon) = (organization.Agent, TimeSpan.FromSeconds(5));
        await using var client = await SignalRClient.ConnectAsync(
            cluster.One, Given.Token(agent.Id, organization.Id, Role.Agent, agent.SessionId, soon));

        await client.Closed();

        Assert.Equal("token_expired", (await client.Next("error")).GetProperty("code").GetString());
        Assert.True(client.Goodbye?.AllowReconnect);
    }

    [Fact]
    public async Task A_fresh_token_keeps_the_socket()
    {
        var organization = await Given.Organization(cluster.One);
        var agent = organization.Agent;
        await using var client = await SignalRClient.ConnectAsync(
            cluster.One, Given.Token(agent.Id, organization.Id, Role.Agent, agent.SessionId, TimeSpan.FromSeconds(4)));
        await using var other = await SignalRClient.ConnectAsync(
            cluster.One, Given.Token(agent.Id, organization.Id, Role.Agent, agent.SessionId, TimeSpan.FromSeconds(5)));

        var result = await client.Call("authenticate", new { token = agent.Token });

        Assert.InRange(result.GetProperty("expires_in").GetInt32(), 800, 900);
        await other.Closed();
        Assert.False(client.IsClosed);
        await client.Call("ping");
    }

    [Fact]
    public async Task Another_users_token_and_one_of_an_ended_session_do_not_renew()
    {
        var organization = await Given.Organization(cluster.One);
        var ended = Given.Token(organization.Agent.Id, organization.Id, Role.Agent, Guid.NewGuid());
        await using var client = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);

        var another = await Assert.ThrowsAsync<HubCallFailed>(() => client.Call("authenticate", new { token = organization.Admin.Token }));
        var over = await Assert.ThrowsAsync<HubCallFailed>(() => client.Call("authenticate", new { token = ended }));

        Assert.EndsWith("The token belongs to another user", another.Message);
        Assert.EndsWith("The session is over", over.Message);
    }

    [Fact]
    public async Task Logging_out_on_one_node_ends_the_sessions_sockets_on_every_node_and_no_others()
    {
        var organization = await Given.Organization(cluster.One);
        var agent = organization.Agent;
        var phone = Guid.CreateVersion7();
        await cluster.Database.ExecuteAsync(
            "insert into sessions (id, user_id, expires_at) values (@phone, @Id, now() + interval '1 day')", new { phone, agent.Id });
        await using var here = await SignalRClient.ConnectAsync(cluster.One, agent.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, agent.Token);
        await using var other = await SignalRClient.ConnectAsync(cluster.Two, Given.Token(agent.Id, organization.Id, Role.Agent, phone));

        (await agent.Http.Post("/api/v1/auth/logout", new { refresh_token = "whatever" })).Expect(HttpStatusCode.OK);

        await here.Closed(TimeSpan.FromSeconds(5));
        await there.Closed(TimeSpan.FromSeconds(5));
        Assert.False(there.Goodbye?.AllowReconnect);
        await other.Call("ping");
    }

    [Fact]
    public async Task A_deactivated_users_sockets_end_and_a_changed_role_counts_at_once()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var leaver = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var changed = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await changed.Join(conversation.Id);
        await changed.Call("typing_start", new { conversation_id = conversation.Id });

        (await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { is_active = false })).Expect(HttpStatusCode.OK);
        // Without a hint, as when Redis is unreachable.
        await cluster.Database.ExecuteAsync("update users set role = 'viewer', rights_changed_at = now() where id = @Id", organization.OtherAgent);

        await leaver.Closed(TimeSpan.FromSeconds(5));
        Exception? refused = null;
        await Wait.Until(async () =>
        {
            refused = await Record.ExceptionAsync(() => changed.Call("typing_start", new { conversation_id = conversation.Id }));
            return refused is not null;
        }, TimeSpan.FromSeconds(5));
        Assert.EndsWith("Viewers may not write", refused!.Message);
        Assert.False(changed.IsClosed);
    }

    [Theory]
    [InlineData("http://evil.example.com", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.OK)]
    public async Task Only_pages_of_the_host_itself_may_connect(string? origin, HttpStatusCode status)
    {
        var organization = await Given.Organization(cluster.One);
        await ExpectFrom(cluster.One, origin, organization.Agent.Token, status);
        await ExpectFrom(cluster.One, $"http://127.0.0.1:{cluster.One.Url.Port}", organization.Agent.Token, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Only_pages_of_allowed_origins_may_connect()
    {
        await using var node = cluster.Start(("Realtime:AllowedOrigins:0", "https://inbox.example.com"));
        var organization = await Given.Organization(node);

        await ExpectFrom(node, "https://inbox.example.com", organization.Agent.Token, HttpStatusCode.OK);
        await ExpectFrom(node, "https://inbox.example.com.evil.com", organization.Agent.Token, HttpStatusCode.Forbidden);
        await ExpectFrom(node, $"http://127.0.0.1:{node.Url.Port}", organization.Agent.Token, HttpStatusCode.Forbidden);
        var preflight = await node.Client().Send(HttpMethod.Options, "/hubs/chat/negotiate", null,
            ("Origin", "https://inbox.example.com"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));
        Assert.Equal("https://inbox.example.com", preflight.Expect(HttpStatusCode.NoContent).Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Too_many_calls_are_refused_and_going_on_ends_the_connection_while_others_work()
    {
        // So few a second that any machine calls faster.
        await using var node = cluster.Start(("Realtime:CallsPerSecond", "1"), ("Realtime:CallBurst", "20"));
        var organization = await Given.Organization(node);
        await using var flooding = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await using var calm = await SignalRClient.ConnectAsync(node, organization.Agent.Token);

        for (var i = 0; i < 20; i++) await flooding.Call("ping");
        var refused = await Assert.ThrowsAsync<HubCallFailed>(() => Wait.Until(async () =>
        {
            await flooding.Call("ping");
            return false;
        }, TimeSpan.FromMinutes(1)));
        Assert.EndsWith("Too many calls, slow down", refused.Message);
        Assert.Equal("rate_limit_exceeded", (await flooding.Next("error")).GetProperty("code").GetString());
        await calm.Call("ping");

        await Wait.Until(async () => await Record.ExceptionAsync(() => flooding.Send("ping")) is not null || flooding.IsClosed, TimeSpan.FromMinutes(1));
        await flooding.Closed();
        await calm.Call("ping");
    }

    [Fact]
    public async Task A_streaming_call_is_refused_with_a_message_and_counted_like_any_other()
    {
        await using var node = cluster.Start(("Realtime:CallsPerSecond", "1"), ("Realtime:CallBurst", "5"));
        var organization = await Given.Organization(node);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);

        await client.SendRecord("""{"type":4,"invocationId":"s1","target":"ping","arguments":[]}""");
        Assert.Equal("There is no such method", (await client.Next("error")).GetProperty("message").GetString());
        for (var i = 0; i < 40 && !client.IsClosed; i++)
            await Record.ExceptionAsync(() => client.SendRecord($$"""{"type":4,"invocationId":"f{{i}}","target":"ping","arguments":[]}"""));

        await client.Closed();
    }

    [Theory]
    [InlineData("/hubs/chat?access_token={0}")]
    [InlineData("/socket.io/?EIO=4&transport=websocket")]
    public async Task An_upgrade_by_HTTP_1_0_is_refused(string path)
    {
        var organization = await Given.Organization(cluster.One);
        var target = string.Format(null, path, organization.Agent.Token);

        Assert.StartsWith("HTTP/1.1 101 ", await UpgradeAsync("HTTP/1.1"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await UpgradeAsync("HTTP/1.0"), StringComparison.Ordinal);

        async Task<string> UpgradeAsync(string version)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(cluster.One.Url.Host, cluster.One.Url.Port, TestContext.Current.CancellationToken);
            await using var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"GET {target} {version}\r\nHost: {cluster.One.Url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), TestContext.Current.CancellationToken);
            var answer = new byte[64];
            var length = await stream.ReadAtLeastAsync(answer, 13, cancellationToken: TestContext.Current.CancellationToken);
            return Encoding.ASCII.GetString(answer, 0, length);
        }
    }

    [Fact]
    public async Task What_a_connection_is_admitted_by_cannot_be_guessed_nor_learned_from_its_id()
    {
        var organization = await Given.Organization(cluster.One);
        var negotiated = (await organization.Agent.Http.Post("/hubs/chat/negotiate?negotiateVersion=1")).Expect(HttpStatusCode.OK).Body;
        var token = negotiated.GetProperty("connectionToken").GetString()!;
        Assert.NotEqual(negotiated.GetProperty("connectionId").GetString(), token);
        Assert.True(Base64Url.DecodeFromChars(token).Length >= 16, token);

        // In the version before, the id was the token as well.
        Assert.True((await organization.Agent.Http.Post("/hubs/chat/negotiate")).Expect(HttpStatusCode.OK).Body.TryGetProperty("error", out _));

        var opened = (await cluster.One.Client().Get("/socket.io/?EIO=4&transport=polling")).Expect(HttpStatusCode.OK).Text;
        var sid = JsonDocument.Parse(opened[1..]).RootElement.GetProperty("sid").GetString()!;
        Assert.True(Base64Url.DecodeFromChars(sid).Length >= 16, sid);
    }

    [Fact]
    public async Task A_connection_whose_admission_failed_is_removed()
    {
        await using var database = await TestDatabase.CreateAsync();
        // The user is admitted, but cannot be announced.
        await using var node = TestNode.Start(database, services => services.AddSingleton(provider => new PresenceLeases(
            link: null!, provider.GetRequiredService<Channels>(), provider.GetRequiredService<NodeIdentity>(), TimeProvider.System)));
        var organization = await Given.Organization(node);

        await using var client = await SignalRClient.OpenAsync(node, organization.Agent.Token);
        await client.Closed();

        Assert.Equal(0, node.Get<ChatSockets>().Count);
    }

    private static async Task ExpectFrom(TestNode node, string? origin, string token, HttpStatusCode status)
    {
        (await node.Client(token).Send(HttpMethod.Post, "/hubs/chat/negotiate?negotiateVersion=1", null, origin is null ? [] : [("Origin", origin)])).Expect(status);
        if (status == HttpStatusCode.OK)
        {
            await using var client = await SignalRClient.OpenAsync(node, token, origin: origin);
            await client.Next("connected");
        }
        else Assert.Equal(status, (await Assert.ThrowsAsync<SocketRefused>(() => SignalRClient.OpenAsync(node, token, origin: origin))).Status);
    }
}
