using System.Net;
using System.Text.Json;
using PyTake.WhatsApp;
using PyTake.WhatsApp.Outbound;

namespace PyTake.Telemetry;

/// <summary>
/// A node in a process of its own with all its dependencies, and what people do with it: they log in, customers write, agents
/// answer. Everything confidential in it is one of <see cref="Secrets"/>.
/// </summary>
public sealed class Traffic : IAsyncDisposable
{
    private readonly TestNode _arranging;
    private readonly HttpClient _http;
    private readonly List<string> _secrets = [];

    private Traffic(TestDatabase database, TestNode arranging, FakeGraph graph, NodeProcess node)
        => (Database, _arranging, Graph, Node, _http) = (database, arranging, graph, node, node.Client());

    public TestDatabase Database { get; }
    public FakeGraph Graph { get; }
    public NodeProcess Node { get; }
    public TestOrganization Organization { get; private set; } = null!;
    public TestConversation Conversation { get; private set; } = null!;

    /// <summary>What no log, metric or trace may contain: texts, numbers, names, passwords, tokens.</summary>
    public IReadOnlyList<string> Secrets => _secrets;

    public string Email { get; } = $"maria-{Guid.NewGuid():N}@example.com";
    public string Password { get; } = Secret("Pass1");
    public string AccessToken { get; private set; } = "";

    public static async Task<Traffic> StartAsync(params (string Key, string Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync();
        var graph = await FakeGraph.StartAsync();
        var node = await NodeProcess.StartAsync(database, [("WhatsApp:GraphBaseUrl", graph.Url), ("Accounts:Registration", "true"), .. settings]);
        var traffic = new Traffic(database, TestNode.Start(database), graph, node);
        await traffic.ArrangeAsync();
        return traffic;
    }

    /// <summary>A unique word, which can be found wherever it appears.</summary>
    public static string Secret(string like) => $"{like}{Guid.NewGuid():N}";

    /// <summary>Posts a signed webhook to the node under test.</summary>
    public async Task<HttpStatusCode> WebhookAsync(object body, params (string Name, string Value)[] headers)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        using var content = new ByteArrayContent(bytes);
        return (await _http.Send(HttpMethod.Post, "/api/v1/whatsapp/webhook", content, [("X-Hub-Signature-256", Meta.Sign(bytes)), .. headers])).Status;
    }

    /// <summary>Has a customer write a text, and waits until it is stored as a message.</summary>
    public async Task CustomerWritesAsync(string text)
    {
        var wamid = Meta.Wamid();
        Assert.Equal(HttpStatusCode.OK, await WebhookAsync(Meta.Text(Organization.Number, Conversation.Contact.WhatsappId, Keep(text), wamid, name: Conversation.Contact.Name)));
        await Wait.Until(async () => await Database.SingleAsync<int>("select count(*)::int from messages where whatsapp_message_id = @wamid", new { wamid }) == 1);
    }

    /// <summary>Has a customer send a photo, and waits until it is stored.</summary>
    public async Task CustomerSendsPhotoAsync()
    {
        var (wamid, photo) = (Meta.Wamid(), Graph.Files.Add(Organization.Number, Media.Samples.Plain(), "image/jpeg"));
        Assert.Equal(HttpStatusCode.OK, await WebhookAsync(Meta.Other(
            Organization.Number, Conversation.Contact.WhatsappId, "image", new { id = photo.Id, mime_type = photo.MimeType }, wamid)));
        await Wait.Until(async () => await Database.SingleAsync<string>(
            "select media ->> 'state' from messages where whatsapp_message_id = @wamid", new { wamid }) == "stored");
    }

    /// <summary>Has an agent answer, and waits until Meta has reported the message's status.</summary>
    public async Task<Guid> AgentWritesAsync(string text, string until = "sent", params (string Name, string Value)[] headers)
    {
        using var agent = Node.Client(Organization.Agent.Token);
        var answer = await agent.Post($"{Conversation.Path}/messages", new { message_type = "text", content = new { text = Keep(text) } }, headers);
        var id = answer.Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        await Wait.Until(async () => await Database.SingleAsync<string>("select status from messages where id = @id", new { id }) == until);
        return id;
    }

    /// <summary>A day in a few seconds: everything that people do, and some of what goes wrong.</summary>
    public async Task RunAsync()
    {
        await LogInAsync();
        await CustomerWritesAsync(Secret("inbound"));
        await using (var browser = await SignalRClient.ConnectAsync(Node.Url, Organization.Agent.Token))
        {
            await browser.Join(Conversation.Id);
            await AgentWritesAsync(Secret("outbound"));
            await browser.Next("message:status");
            await CustomerWritesAsync(Secret("inbound"));
            await browser.Next("message:new", m => m.GetProperty("direction").GetString() == "inbound");
            await Assert.ThrowsAsync<HubCallFailed>(() => browser.Call("join_conversation", new { conversation_id = Keep(Secret("no-id")) }));
        }
        await RefuseAsync();
        await FailAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Graph.LetGo();
        _http.Dispose();
        await Node.DisposeAsync();
        await _arranging.DisposeAsync();
        await Graph.DisposeAsync();
        await Database.DisposeAsync();
    }

    private string Keep(string secret)
    {
        _secrets.Add(secret);
        return secret;
    }

    private async Task ArrangeAsync()
    {
        Organization = await Given.Organization(_arranging);
        var graphToken = Keep(Secret("graph-token"));
        (await Organization.Admin.Http.Put($"/api/v1/whatsapp/{Organization.Number.Id}", new { access_token = graphToken })).Expect(HttpStatusCode.OK);
        Conversation = await Given.OpenConversation(Organization, contact: await Given.Contact(Organization, Secret("Joana ")));
        _secrets.AddRange(
        [
            Conversation.Contact.WhatsappId, Conversation.Contact.Name!, Organization.Number.PhoneNumber, Organization.Agent.Token, Organization.Agent.Email,
            Email, Password, TestNode.AppSecret, TestNode.VerifyToken, TestNode.SigningKey,
        ]);
    }

    private async Task LogInAsync()
    {
        (await _http.Post("/api/v1/auth/register", new { email = Email, password = Password, full_name = Keep(Secret("Maria ")), organization_name = Secret("Org") }))
            .Expect(HttpStatusCode.Created);
        (await _http.Post("/api/v1/auth/login", new { email = Email, password = Keep(Secret("wrong")) })).Expect(HttpStatusCode.Unauthorized);
        var login = (await _http.Post("/api/v1/auth/login", new { email = Email, password = Password })).Expect(HttpStatusCode.OK).Body;
        AccessToken = Keep(login.GetProperty("access_token").GetString()!);
        var refresh = new { refresh_token = Keep(login.GetProperty("refresh_token").GetString()!) };
        var next = (await _http.Post("/api/v1/auth/refresh", refresh)).Expect(HttpStatusCode.OK).Body;
        Keep(next.GetProperty("access_token").GetString()!);
        Keep(next.GetProperty("refresh_token").GetString()!);
        // The token is used already, so the whole family is revoked.
        (await _http.Post("/api/v1/auth/refresh", refresh)).Expect(HttpStatusCode.Unauthorized);
    }

    // Requests and connections that are refused.
    private async Task RefuseAsync()
    {
        var forged = JsonSerializer.SerializeToUtf8Bytes(Meta.Text(Organization.Number, Keep("5511987650001"), Keep(Secret("forged"))));
        using var content = new ByteArrayContent(forged);
        (await _http.Send(HttpMethod.Post, "/api/v1/whatsapp/webhook", content, ("X-Hub-Signature-256", Keep(Meta.Sign(forged, "another secret"))))).Expect(HttpStatusCode.Forbidden);
        var stranger = new TestNumber(Guid.Empty, "990000000000001", Keep("5511987650002"));
        Assert.Equal(HttpStatusCode.OK, await WebhookAsync(Meta.Text(stranger, Keep("5511987650003"), Keep(Secret("stranger")))));
        await Assert.ThrowsAsync<SocketRefused>(() => SignalRClient.OpenAsync(Node.Url, Keep(Secret("no-token"))));
        await Assert.ThrowsAsync<SocketRefused>(() => SignalRClient.OpenAsync(Node.Url, Organization.Agent.Token, origin: "https://elsewhere.example"));
        (await _http.Post($"/hubs/chat/negotiate?negotiateVersion=1&access_token={Organization.Agent.Token}")).Expect(HttpStatusCode.OK);
        (await _http.Get($"/hubs/chat?id={Keep(Secret("no-connection"))}&access_token={Organization.Agent.Token}")).Expect(HttpStatusCode.NotFound);
        (await _http.Get($"/api/v1/whatsapp/webhook?hub.mode=subscribe&hub.challenge=1&hub.verify_token={Keep(Secret("no-token"))}")).Expect(HttpStatusCode.Forbidden);
        (await _http.Post("/api/v1/auth/login", $"{{\"email\": \"{Email}\", \"password\": \"{Password}\"")).Expect(HttpStatusCode.UnprocessableEntity);
        using var agent = Node.Client(Organization.Agent.Token);
        (await agent.Post($"{Conversation.Path}/messages", new { message_type = "text", content = new { text = Keep(Secret("nul")) + "\0" } })).Expect(HttpStatusCode.UnprocessableEntity);
        (await agent.Get($"/api/v1/conversations?q={Keep(Secret("sought"))}&limit=nonsense")).Expect(HttpStatusCode.UnprocessableEntity);
    }

    // Failures of requests to Meta and of the database.
    private async Task FailAsync()
    {
        var to = Conversation.Contact.WhatsappId;
        Graph.Answer(Organization, _ => FakeGraph.Refuse(400, 131026, $"Message to {to} undeliverable", $"{to} is not a WhatsApp number"));
        await AgentWritesAsync(Secret("refused"), until: "failed");
        Graph.Answer(Organization, _ => FakeGraph.Refuse(401, 190, $"The token cannot be used for {to}"));
        using (var agent = Node.Client(Organization.Agent.Token))
            (await agent.Post($"{Conversation.Path}/messages", new { message_type = "text", content = new { text = Keep(Secret("stopped")) } })).Expect(HttpStatusCode.Created);
        await Wait.Until(async () => await Database.SingleAsync<bool>("select bool_or(sending_stopped_at is not null) from whatsapp_numbers"));
    }
}
