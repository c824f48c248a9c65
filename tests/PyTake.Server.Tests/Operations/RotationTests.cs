using System.Net;
using System.Text.Json;
using Npgsql;
using PyTake.WhatsApp;

namespace PyTake.Operations;

/// <summary>
/// Rotation of secrets while nodes with the old and the new settings run at the same time, as infra/README describes. The signing key is
/// covered by TokenTests, the encryption key by ReencryptTests, and the Graph token by OutboundWorkerTests.
/// </summary>
public sealed class RotationTests
{
    private const string NewSecret = "the app secret that Meta will show next";

    [Fact]
    public async Task Webhooks_signed_with_the_old_app_secret_or_the_new_one_are_taken_until_the_old_one_goes()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var both = TestNode.Start(database, ("WhatsApp:AppSecrets:0", NewSecret), ("WhatsApp:AppSecrets:1", TestNode.AppSecret));
        await using var done = TestNode.Start(database, ("WhatsApp:AppSecrets:0", NewSecret));
        var organization = await Given.Organization(both);

        Assert.Equal(HttpStatusCode.OK, await Post(both, TestNode.AppSecret));
        Assert.Equal(HttpStatusCode.OK, await Post(both, NewSecret));
        Assert.Equal(HttpStatusCode.OK, await Post(done, NewSecret));
        Assert.Equal(HttpStatusCode.Forbidden, await Post(done, TestNode.AppSecret));

        Task<HttpStatusCode> Post(TestNode node, string secret)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(Meta.Text(organization.Number, "5511977770001", "Bom dia"));
            return Meta.Post(node, body, Meta.Sign(body, secret));
        }
    }

    [Fact]
    public async Task A_second_role_with_another_password_is_as_good_as_the_first()
    {
        await using var database = await TestDatabase.CreateAsync();
        var role = $"other_{Guid.NewGuid():N}";
        var connection = new NpgsqlConnectionStringBuilder(database.NodeConnectionString) { Username = role, Password = "another" }.ConnectionString;
        var (exitCode, output) = await ServerProcess.Run(
            ["migrate"], ("ConnectionStrings:Owner", database.ConnectionString), ("ConnectionStrings:Postgres", connection));
        Assert.True(exitCode == 0, output);
        try
        {
            await using var before = TestNode.Start(database);
            await using var after = TestNode.Start(database, ("ConnectionStrings:Postgres", connection));
            await HearAsync(before, after);
        }
        finally
        {
            await database.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'");
            // Nothing belongs to it, so that it can be dropped with its rights.
            await database.ExecuteAsync($"drop owned by {role}; drop role {role}");
        }
    }

    [Fact]
    public async Task Redis_takes_two_passwords_at_a_time()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var redis = await PrivateRedis.StartAsync();
        Assert.StartsWith("+OK", await redis.CommandAsync("ACL SETUSER default resetpass >the-old-one"), StringComparison.Ordinal);
        await using var before = TestNode.Start(database, ("ConnectionStrings:Redis", $"{redis.Address},password=the-old-one"));
        Assert.True(before.Get<Nodes.RedisLink>().IsOpen);
        await redis.CommandsAsync("AUTH the-old-one", "ACL SETUSER default >the-new-one");
        await using var after = TestNode.Start(database, ("ConnectionStrings:Redis", $"{redis.Address},password=the-new-one"));
        Assert.True(after.Get<Nodes.RedisLink>().IsOpen);
        await HearAsync(before, after);

        await redis.CommandsAsync("AUTH the-new-one", "ACL SETUSER default <the-old-one");
        Assert.StartsWith("-WRONGPASS", await redis.CommandAsync("AUTH the-old-one"), StringComparison.Ordinal);
        await HearAsync(before, after);
    }

    // A browser on one node receives what arrives on the other.
    private static async Task HearAsync(TestNode one, TestNode other)
    {
        var conversation = await Given.OpenConversation(await Given.Organization(one));
        await using var browser = await SignalRClient.ConnectAsync(one.Url, conversation.Organization.Agent.Token);
        await browser.Join(conversation.Id);
        await Meta.Deliver(other, Meta.Text(conversation.Organization.Number, conversation.Contact.WhatsappId, "Boa tarde"));
        await browser.Next("message:new", m => m.GetProperty("content").GetProperty("text").GetString() == "Boa tarde");
    }
}
