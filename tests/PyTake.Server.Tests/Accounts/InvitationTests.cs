using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Accounts;

public sealed class InvitationTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    private const string Chosen = "chosen by Nina herself";

    [Fact]
    public async Task An_invited_member_sets_a_password_by_the_link_and_is_logged_in()
    {
        var rita = await accounts.Register();
        var invited = await InviteAsync(rita);
        var token = TokenOf(invited);

        Assert.True(invited.GetProperty("invited").GetBoolean());
        Assert.StartsWith("https://inbox.example.com/invitation#", invited.GetProperty("invitation_url").GetString(), StringComparison.Ordinal);
        var shown = (await accounts.Node.Client().Post("/api/v1/auth/invitation", new { token })).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(
            (invited.GetProperty("email").GetString(), "Acme", "Rita", "agent"),
            (shown.GetProperty("email").GetString(), shown.GetProperty("organization_name").GetString(), shown.GetProperty("invited_by").GetString(),
                shown.GetProperty("role").GetString()));

        var answer = (await Accept(new { token, password = Chosen, full_name = "Nina Prado" })).Expect(HttpStatusCode.OK).Body;

        var http = accounts.Node.Client(answer.GetProperty("access_token").GetString());
        var me = (await http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(("Nina Prado", false, rita.OrganizationId),
            (me.GetProperty("full_name").GetString(), me.GetProperty("invited").GetBoolean(), me.GetProperty("organization_id").GetGuid()));
        (await accounts.LogIn(invited.GetProperty("email").GetString()!, Chosen)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_invitation_is_good_once_even_when_it_is_answered_twice_at_the_same_time()
    {
        var token = TokenOf(await InviteAsync(await accounts.Register()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Accept(new { token, password = $"{Chosen} {i}" })));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => a.ExpectError(HttpStatusCode.BadRequest));
        (await accounts.Node.Client().Post("/api/v1/auth/invitation", new { token })).ExpectError(HttpStatusCode.BadRequest, "used");
    }

    [Fact]
    public async Task An_invitation_that_was_sent_again_or_has_expired_is_void()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var rita = await accounts.Register();
        var invited = await InviteAsync(rita);
        var (first, id) = (TokenOf(invited), invited.GetProperty("id").GetGuid());

        var second = TokenOf((await rita.Http.Post($"/api/v1/users/{id}/invitation")).Expect(HttpStatusCode.OK).Body);
        (await Accept(new { token = first, password = Chosen })).ExpectError(HttpStatusCode.BadRequest);

        clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));
        (await node.Client().Post("/api/v1/auth/accept-invitation", new { token = second, password = Chosen })).ExpectError(HttpStatusCode.BadRequest);
        (await Accept(new { token = second, password = Chosen })).Expect(HttpStatusCode.OK);
        (await rita.Http.Post($"/api/v1/users/{id}/invitation")).ExpectError(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_weak_password_does_not_use_the_invitation_up()
    {
        var invited = await InviteAsync(await accounts.Register());
        var token = TokenOf(invited);

        (await Accept(new { token, password = "password1" })).ExpectInvalid("password");
        (await Accept(new { token, password = invited.GetProperty("email").GetString() })).ExpectInvalid("password");
        (await Accept(new { token, password = Chosen })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_invited_member_can_not_log_in_before_and_a_deactivated_one_not_at_all()
    {
        var rita = await accounts.Register();
        var invited = await InviteAsync(rita);
        var (token, email) = (TokenOf(invited), invited.GetProperty("email").GetString()!);

        (await accounts.LogIn(email, Chosen)).ExpectError(HttpStatusCode.Unauthorized);
        (await rita.Http.Put($"/api/v1/users/{invited.GetProperty("id").GetGuid()}", new { is_active = false })).Expect(HttpStatusCode.OK);
        (await Accept(new { token, password = Chosen })).ExpectError(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_link_leads_to_the_configured_address_whatever_the_request_says_its_host_is()
    {
        var rita = await accounts.Register();

        var answer = (await rita.Http.Send(
            HttpMethod.Post, "/api/v1/users", new { email = AccountNode.NewEmail(), full_name = "Nina", role = "agent" }, ("Host", "evil.example"))).Expect(HttpStatusCode.Created);

        Assert.StartsWith("https://inbox.example.com/", answer.Body.GetProperty("invitation_url").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_configured_address_nobody_is_invited_except_in_a_demo()
    {
        var rita = await accounts.Register();
        (string, string)[] without = [.. AccountNode.Settings, ("Accounts:PublicUrl", "")];
        await using var node = TestNode.Start(accounts.Database, without);
        await using var demo = TestNode.Start(accounts.Database, [.. without, ("Demo:Enabled", "true")]);
        object NewUser() => new { email = AccountNode.NewEmail(), full_name = "Nina", role = "agent" };

        (await node.Client(rita.Token.AccessToken).Post("/api/v1/users", NewUser())).ExpectError(HttpStatusCode.Conflict, "PublicUrl");
        var url = (await demo.Client(rita.Token.AccessToken).Post("/api/v1/users", NewUser())).Expect(HttpStatusCode.Created)
            .Body.GetProperty("invitation_url").GetString()!;
        Assert.StartsWith(demo.Url.ToString(), url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_gets_a_link_for_a_member_who_forgot_the_password_and_for_nobody_elses()
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());
        var email = AccountNode.NewEmail();
        var nina = (await rita.Http.Post("/api/v1/users", new { email, password = Chosen, full_name = "Nina", role = "agent" })).As<User>();

        (await other.Http.Post($"/api/v1/users/{nina.Id}/password-reset")).ExpectError(HttpStatusCode.NotFound);
        (await rita.Http.Post($"/api/v1/users/{nina.Id}/invitation")).ExpectError(HttpStatusCode.Conflict);
        var url = (await rita.Http.Post($"/api/v1/users/{nina.Id}/password-reset")).Expect(HttpStatusCode.OK).Body.GetProperty("reset_url").GetString()!;
        var token = url.Split('#')[1];

        (await Accept(new { token, password = "not an invitation" })).ExpectError(HttpStatusCode.BadRequest);
        (await accounts.Node.Client().Post("/api/v1/auth/reset", new { token, new_password = "a newly chosen one" })).Expect(HttpStatusCode.OK);
        (await accounts.LogIn(email, "a newly chosen one")).Expect(HttpStatusCode.OK);
        (await accounts.LogIn(email, Chosen)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Tokens_are_stored_as_hashes_alone()
    {
        var token = TokenOf(await InviteAsync(await accounts.Register()));

        Assert.True(token.Length >= 43, "256 bits in base64url");
        Assert.Equal(1, await accounts.Database.SingleAsync<long>("select count(*) from account_links where token_hash = sha256(@token::bytea)", new { token = System.Text.Encoding.UTF8.GetBytes(token) }));
        Assert.Equal(0, await accounts.Database.SingleAsync<long>("select count(*) from account_links l where l::text like '%' || @token || '%'", new { token }));
    }

    private static async Task<System.Text.Json.JsonElement> InviteAsync(Registered rita)
        => (await rita.Http.Post("/api/v1/users/", new { email = AccountNode.NewEmail(), full_name = "Nina", role = "agent" })).Expect(HttpStatusCode.Created).Body;

    private static string TokenOf(System.Text.Json.JsonElement invitation) => invitation.GetProperty("invitation_url").GetString()!.Split('#')[1];

    private Task<Answer> Accept(object body) => accounts.Node.Client().Post("/api/v1/auth/accept-invitation", body);
}
