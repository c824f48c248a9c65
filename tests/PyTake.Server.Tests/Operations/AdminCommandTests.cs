using System.Net;
using OtpNet;
using PyTake.Accounts;

namespace PyTake.Operations;

public sealed class AdminCommandTests
{
    private const string Chosen = "chosen by the operator";

    [Fact]
    public async Task An_empty_installation_gets_its_operating_organization_and_its_first_administrator()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, AccountNode.Settings);
        var token = await LinkAsync(database, "invitation", "admin", "ops@example.com", "--organization", "Acme Operations");

        var shown = (await node.Client().Post("/api/v1/auth/invitation", new { token })).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("Acme Operations", shown.GetProperty("organization_name").GetString());
        var answer = (await node.Client().Post("/api/v1/auth/accept-invitation", new { token, password = Chosen, full_name = "Olga" })).Expect(HttpStatusCode.OK).Body;
        Assert.True(answer.GetProperty("mfa_enrolment_required").GetBoolean());
        var http = node.Client(answer.GetProperty("access_token").GetString());
        (await http.Get("/api/v1/ops/nodes")).ExpectError(HttpStatusCode.Forbidden, "second factor");

        var secret = (await http.Post("/api/v1/users/me/mfa/totp", new { current_password = Chosen })).Expect(HttpStatusCode.OK).Body.GetProperty("secret").GetString();
        (await http.Post("/api/v1/users/me/mfa/totp/confirm", new { code = new Totp(Base32Encoding.ToBytes(secret)).ComputeTotp() })).Expect(HttpStatusCode.OK);
        (await http.Get("/api/v1/ops/nodes")).Expect(HttpStatusCode.OK);
        Assert.Contains("operations:manage", (await http.Get("/api/v1/auth/me")).Body.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
        (await http.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Run_again_it_invites_into_the_same_organization_and_lets_one_in_who_is_locked_out()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, AccountNode.Settings);
        var first = await LinkAsync(database, "invitation", "admin", "ops@example.com");
        var again = await LinkAsync(database, "invitation", "admin", "OPS@example.com", "--organization", "Ignored");

        (await Accept(node, first)).ExpectError(HttpStatusCode.BadRequest);
        (await Accept(node, again)).Expect(HttpStatusCode.OK);
        (await Accept(node, await LinkAsync(database, "invitation", "admin", "second@example.com"))).Expect(HttpStatusCode.OK);
        Assert.Equal(["Operations"], await database.QueryAsync<string>("select name from organizations"));

        await database.ExecuteAsync("update users set is_active = false, role = 'agent' where email = 'ops@example.com'");
        var reset = await LinkAsync(database, "reset", "admin", "ops@example.com");
        (await node.Client().Post("/api/v1/auth/reset", new { token = reset, new_password = "another one, better kept" })).Expect(HttpStatusCode.OK);
        var answer = (await node.Client().Post("/api/v1/auth/login", new { email = "ops@example.com", password = "another one, better kept" })).Expect(HttpStatusCode.OK);
        Assert.Equal("org_admin", answer.Body.GetProperty("user").GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_configured_operating_organization_is_the_one_that_is_made()
    {
        await using var database = await TestDatabase.CreateAsync();
        var id = Guid.NewGuid();

        await LinkAsync(database, "invitation", [("Operations:OrganizationId", id.ToString())], "admin", "ops@example.com");

        Assert.Equal(id, await database.SingleAsync<Guid>("select organization_id from users"));
    }

    [Theory]
    [InlineData("PublicUrl is not set", "", "admin", "ops@example.com")]
    [InlineData("Usage", "https://inbox.example.com", "admin")]
    [InlineData("Usage", "https://inbox.example.com", "admin", "not an address")]
    [InlineData("Usage", "https://inbox.example.com", "admin", "ops@example.com", "--organisation", "Acme")]
    public async Task It_says_what_it_lacks(string saying, string publicUrl, params string[] arguments)
    {
        await using var database = await TestDatabase.CreateAsync();

        var (exitCode, output) = await RunAsync(database, [("Accounts:PublicUrl", publicUrl)], arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(saying, output, StringComparison.Ordinal);
        Assert.Equal(0, await database.SingleAsync<long>("select count(*) from organizations"));
    }

    private static Task<Answer> Accept(TestNode node, string token) => node.Client().Post("/api/v1/auth/accept-invitation", new { token, password = Chosen });

    private static Task<string> LinkAsync(TestDatabase database, string page, params string[] arguments) => LinkAsync(database, page, [], arguments);

    private static async Task<string> LinkAsync(TestDatabase database, string page, (string, string)[] settings, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(database, [("Accounts:PublicUrl", "https://inbox.example.com"), .. settings], arguments);
        Assert.True(exitCode == 0, output);
        var link = output.Split('\n', StringSplitOptions.TrimEntries).Single(line => line.StartsWith("https://", StringComparison.Ordinal));
        Assert.StartsWith($"https://inbox.example.com/{page}#", link, StringComparison.Ordinal);
        return link.Split('#')[1];
    }

    private static Task<(int ExitCode, string Output)> RunAsync(TestDatabase database, (string, string)[] settings, string[] arguments)
        => ServerProcess.Run(arguments, [.. TestNode.Usual(database).Select(s => (s.Key, s.Value)), .. settings]);
}
