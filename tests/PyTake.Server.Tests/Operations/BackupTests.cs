using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.WhatsApp;
using PyTake.WhatsApp.Numbers;
using PyTake.WhatsApp.Outbound;

namespace PyTake.Operations;

/// <summary>Backups and restores as infra/README describes them, with a real server that is destroyed.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private const string Ana = "5511988880001", GraphToken = "EAAG-the-token-of-the-number";

    private readonly string _name = $"pytake_test_{Guid.NewGuid():N}";
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _email = AccountNode.NewEmail();
    private readonly PrivatePostgres _postgres = new();
    private FakeGraph _graph = null!;
    private TestNumber _number = null!;

    [Fact]
    public async Task Everything_is_read_again_after_the_server_is_gone_and_work_goes_on()
    {
        Guid waits;
        List<Message> before, after;
        DateTime moment;
        await using (var database = await StartAsync())
        {
            // It is stopped together with its server, so it need not wait for it.
            await using var node = Node(database, ("shutdownTimeoutSeconds", "1"));
            using var agent = await RegisterAsync(node);
            await DeliverAsync(node, database, Meta.Text(_number, Ana, "before the backup"));
            var conversation = await Conversation(agent);
            _postgres.Launch("backup", "wal", _postgres.Beside);
            await _postgres.RunAsync("backup", "base", _postgres.Beside);

            await DeliverAsync(node, database, Meta.Text(_number, Ana, "after the backup"));
            Assert.Equal(GraphToken, await SendAsync(agent, conversation, "answered"));
            before = await Messages(agent, conversation);
            moment = await database.SingleAsync<DateTime>("select clock_timestamp()");
            await DeliverAsync(node, database, Meta.Text(_number, Ana, "a moment too late"));
            // One request to Meta is in flight, and is not answered until the server is gone.
            _graph.Answer(Organization, (_, context) => _graph.Hang(context));
            waits = (await Post(agent, conversation, "did it arrive?")).Id;
            await _graph.WaitForAsync(Organization, 2);
            after = await Messages(agent, conversation);
            await WrittenAsync(database);
            await _postgres.DestroyAsync();
            _graph.LetGo();
        }
        await _postgres.EndLaunchedAsync();

        await using (var database = await RestoreAsync())
        {
            // Everything is restored, including the unfinished send: it is unknown whether it arrived, so it is not repeated.
            await using var node = Node(database, ("Workers:Enabled", "true"));
            using var agent = await LogInAsync(node);
            var conversation = await Conversation(agent);
            Assert.Equal(after.Select(Facts), (await Messages(agent, conversation)).Select(Facts));
            _graph.Answer(Organization, _ => FakeGraph.Accept());
            Assert.Equal("unknown", await database.SingleAsync<string>("select state from outbox where message_id = @waits", new { waits }));
            var other = await Meet(node, database, agent, "5511988880002");
            Assert.Equal(GraphToken, await SendAsync(agent, other, "to another"));
            Assert.Equal(1, _graph.RequestsOf(Organization).Count(r => r.MessageId == waits));
        }

        await _postgres.DestroyAsync();
        await using (var database = await RestoreAsync("--until", $"{moment:O}"))
        {
            await using var node = Node(database);
            using var agent = await LogInAsync(node);
            var conversation = await Conversation(agent);
            Assert.Equal(before.Select(Facts), (await Messages(agent, conversation)).Select(Facts));

            await DeliverAsync(node, database, Meta.Text(_number, Ana, "and on"));
            var last = (await Messages(agent, conversation))[^1];
            Assert.Equal("and on", Text(last));
            Assert.True(last.Seq > after[^1].Seq, "a seq that browsers already know was assigned again");
            Assert.Equal(GraphToken, await SendAsync(agent, conversation, "answered again"));
        }
    }

    [Fact]
    public async Task What_was_written_after_a_backup_is_restored_as_well_and_old_backups_are_deleted()
    {
        await using var database = await StartAsync();
        _postgres.Launch("backup", "wal", _postgres.Beside);
        var first = (await _postgres.RunAsync("backup", "base", _postgres.Beside)).Trim();
        await database.ExecuteAsync("create table written (id int); select pg_switch_wal()");
        var second = (await _postgres.RunAsync("backup", "base", _postgres.Beside)).Trim();
        await database.ExecuteAsync("insert into written select generate_series(1, 1000)");
        await WrittenAsync(database);
        var walFiles = WalFiles();

        await _postgres.RunAsync("backup", "prune", _postgres.Beside, "1");

        Assert.False(Directory.Exists(first));
        Assert.True(Directory.Exists(second));
        Assert.InRange(WalFiles(), 1, walFiles - 1);
        Assert.Contains("pytake_backup", await _postgres.RunAsync("backup", "status"), StringComparison.Ordinal);
        NpgsqlConnection.ClearAllPools();
        await _postgres.DestroyAsync();
        await _postgres.EndLaunchedAsync();
        await using var restored = await RestoreAsync();
        Assert.Equal(1000, await restored.SingleAsync<int>("select count(*)::int from written"));

        int WalFiles() => Directory.GetFiles(Path.Combine(_postgres.Beside, "wal")).Length;
    }

    public async ValueTask InitializeAsync() => _graph = await FakeGraph.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _graph.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private TestOrganization Organization => new(null!, Guid.Empty, null!, null!, null!, null!, _number);

    private async Task<TestDatabase> StartAsync()
    {
        await _postgres.StartAsync();
        await _postgres.AddBackupRoleAsync();
        await MigrateAsync();
        return TestDatabase.At(_postgres.ConnectionString("pytake"), _name);
    }

    private async Task<TestDatabase> RestoreAsync(params string[] until)
    {
        await _postgres.RunAsync("restore", ["data", _postgres.Beside, _postgres.Data, .. until]);
        await _postgres.StartAsync();
        var database = TestDatabase.At(_postgres.ConnectionString("pytake"), _name);
        await Wait.Until(async () => !await database.SingleAsync<bool>("select pg_is_in_recovery()"), TimeSpan.FromSeconds(30));
        await _postgres.RunAsync("restore", "settle", "pytake");
        await MigrateAsync();
        return database;
    }

    private async Task MigrateAsync()
    {
        await using var database = TestDatabase.At(_postgres.ConnectionString("pytake"), _name);
        var (exitCode, output) = await ServerProcess.Run(
            ["migrate"], ("ConnectionStrings:Owner", database.ConnectionString), ("ConnectionStrings:Postgres", database.NodeConnectionString));
        Assert.True(exitCode == 0, output);
    }

    private TestNode Node(TestDatabase database, params (string, string)[] settings) => TestNode.Start(
        database, [("Encryption:Keys:0", _key), ("WhatsApp:GraphBaseUrl", _graph.Url), ("Workers:Enabled", "true"), .. AccountNode.Settings,
            // A machine that is busy with a backup is no reason to defer a message.
            ("Webhooks:StatementTimeoutMs", "60000"),
            ("Logging:LogLevel:Default", "None"), .. settings]);

    // The node's own pump may have taken the item; its commit is what has to be waited for.
    private static async Task DeliverAsync(TestNode node, TestDatabase database, object body)
    {
        await Meta.Deliver(node, body);
        await Wait.Until(() => database.SingleAsync<bool>("select not exists (select from webhook_items)"));
    }

    // The WAL is received a moment after it is written.
    private static Task WrittenAsync(TestDatabase database) => Wait.Until(() => database.SingleAsync<bool>(
        "select coalesce(bool_or(flush_lsn >= pg_current_wal_flush_lsn()), false) from pg_stat_replication"), TimeSpan.FromSeconds(20));

    private async Task<HttpClient> RegisterAsync(TestNode node)
    {
        var body = (await node.Client().Post("/api/v1/auth/register",
            new { email = _email, password = AccountNode.Password, full_name = "Rita", organization_name = "Acme" })).Expect(HttpStatusCode.Created).Body;
        var admin = node.Client(body.GetProperty("token").GetProperty("access_token").GetString());
        var number = (await admin.Post("/api/v1/whatsapp/", new
        {
            phone_number_id = "770000000000001", phone_number = "551130000001", display_name = "Acme", access_token = GraphToken,
        })).Expect(HttpStatusCode.Created).As<Number>();
        _number = new TestNumber(number.Id, number.PhoneNumberId, number.PhoneNumber);
        return admin;
    }

    private async Task<HttpClient> LogInAsync(TestNode node) => node.Client((await node.Client().Post(
        "/api/v1/auth/login", new { email = _email, password = AccountNode.Password })).Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString());

    private static async Task<Guid> Conversation(HttpClient agent, string customer = Ana)
        => (await agent.Get($"/api/v1/conversations?q={customer}")).Expect(HttpStatusCode.OK).Body.EnumerateArray().Single().GetProperty("id").GetGuid();

    private async Task<Guid> Meet(TestNode node, TestDatabase database, HttpClient agent, string customer)
    {
        await DeliverAsync(node, database, Meta.Text(_number, customer, "Bom dia"));
        return await Conversation(agent, customer);
    }

    private static async Task<List<Message>> Messages(HttpClient agent, Guid conversation)
        => [.. (await agent.Get($"/api/v1/conversations/{conversation}/messages")).Expect(HttpStatusCode.OK).As<Message[]>()];

    private static async Task<Message> Post(HttpClient agent, Guid conversation, string text)
        => (await agent.Post($"/api/v1/conversations/{conversation}/messages", new { message_type = "text", content = new { text } }))
            .Expect(HttpStatusCode.Created).As<Message>();

    // The messages that were sent, and with which token.
    private async Task<string> SendAsync(HttpClient agent, Guid conversation, string text)
    {
        var message = await Post(agent, conversation, text);
        await Wait.Until(async () => (await Messages(agent, conversation)).Single(m => m.Id == message.Id).Status == MessageStatus.Sent);
        return _graph.RequestsOf(Organization).Single(r => r.MessageId == message.Id).Token;
    }

    private static (Guid, long, string, string?, string) Facts(Message message) => (message.Id, message.Seq, message.Status, message.WhatsappMessageId, Text(message));

    private static string Text(Message message) => JsonDocument.Parse(message.Content.Text).RootElement.GetProperty("text").GetString()!;
}
