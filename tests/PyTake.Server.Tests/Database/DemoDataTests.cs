using System.Net;
using PyTake.Accounts;
using PyTake.Operations;

namespace PyTake.Database;

public sealed class DemoDataTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task The_demo_can_be_loaded_again_and_its_users_log_in()
    {
        await using var node = Demo();
        await node.Get<DemoData>().LoadAsync(CancellationToken.None);
        await node.Get<DemoData>().LoadAsync(CancellationToken.None);

        var admin = (await LogIn(node, "admin@pytake.com", "Admin123")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("org_admin", admin.GetProperty("user").GetProperty("role").GetString());
        var agent = (await LogIn(node, "agent@pytake.com", "Agent123")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("agent", agent.GetProperty("user").GetProperty("role").GetString());
        Assert.Equal("4711", await accounts.Database.SingleAsync<string>("select phone_number_id from whatsapp_numbers where id = @NumberId", new { DemoData.NumberId }));
        Assert.Equal(3, await accounts.Database.SingleAsync<long>("select count(*) from canned_responses where organization_id = @OrganizationId", new { DemoData.OrganizationId }));
        var me = (await node.Client(admin.GetProperty("access_token").GetString()).Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK).Body;
        Assert.Contains("operations:manage", me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
    }

    [Fact]
    public async Task Without_demo_mode_the_demo_accounts_are_closed_and_their_sessions_dead_until_it_is_on_again()
    {
        await using var demo = Demo();
        await demo.Get<DemoData>().LoadAsync(CancellationToken.None);
        var session = (await LogIn(demo, "admin@pytake.com", "Admin123")).Expect(HttpStatusCode.OK).Body;
        var (access, refresh) = (session.GetProperty("access_token").GetString()!, session.GetProperty("refresh_token").GetString()!);
        (await demo.Client(access).Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);

        (await LogIn(accounts.Node, "admin@pytake.com", "Admin123")).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Node.Client(access).Get("/api/v1/conversations")).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Node.Client(access).Get("/api/v1/ops/nodes")).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Refresh(refresh)).ExpectError(HttpStatusCode.Unauthorized);
        var (caller, expires) = (await accounts.Node.Get<TokenReader>().ReadAsync(access))!.Value;
        Assert.Null(await accounts.Node.Get<SocketAdmission>().AdmitAsync(caller, expires, CancellationToken.None));

        (await LogIn(demo, "admin@pytake.com", "Admin123")).Expect(HttpStatusCode.OK);
        (await demo.Client(access).Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("https://graph.facebook.com")]
    [InlineData("https://GRAPH.facebook.com./")]
    [InlineData("https://graph-video.facebook.com")]
    public async Task Demo_mode_does_not_start_beside_Meta_itself(string graph)
    {
        var (exitCode, output) = await ServerProcess.Run(
            [], [.. TestNode.Usual(accounts.Database).Select(s => (s.Key, s.Value)), ("Demo:Enabled", "true"), ("WhatsApp:GraphBaseUrl", graph)]);

        Assert.Equal(1, exitCode);
        Assert.Contains("WhatsApp:GraphBaseUrl must lead to the simulator while Demo:Enabled is true", output, StringComparison.Ordinal);
    }

    private TestNode Demo() => TestNode.Start(accounts.Database, [.. AccountNode.Settings, ("Demo:Enabled", "true"), ("Demo:PhoneNumberId", "4711")]);

    private static Task<Answer> LogIn(TestNode node, string email, string password) => node.Client().Post("/api/v1/auth/login", new { email, password });
}
