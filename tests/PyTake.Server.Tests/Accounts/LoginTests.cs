using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;

namespace PyTake.Accounts;

public sealed class LoginTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task A_login_returns_the_user_and_the_token_in_both_places()
    {
        var rita = await accounts.Register();

        var body = (await accounts.LogIn(rita.Email.ToUpperInvariant())).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(rita.UserId, body.GetProperty("user").GetProperty("id").GetGuid());
        Assert.Equal("org_admin", body.GetProperty("user").GetProperty("role").GetString());
        Assert.NotEmpty(body.GetProperty("message").GetString()!);
        var token = body.GetProperty("token").Deserialize();
        Assert.Equal(("bearer", 900), (token.TokenType, token.ExpiresIn));
        Assert.Equal(token, body.Deserialize());
        (await accounts.Node.Client(token.AccessToken).Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_access_token_has_the_claims_of_the_contract_and_its_session()
    {
        var rita = await accounts.Register();

        var token = new JsonWebToken(rita.Token.AccessToken);

        Assert.Equal(
            ["aud", "exp", "iat", "iss", "jti", "organization_id", "role", "sid", "sub", "type"],
            token.Claims.Select(c => c.Type).Order());
        Assert.Equal("HS256", token.Alg);
        Assert.Equal(rita.UserId.ToString(), token.Subject);
        Assert.Equal("access", token.GetClaim("type").Value);
        Assert.Equal(TimeSpan.FromMinutes(15), token.ValidTo - token.IssuedAt);
    }

    [Theory]
    [InlineData("wrong password")]
    [InlineData("unknown account")]
    public async Task A_wrong_password_and_an_unknown_account_get_the_same_answer(string what)
    {
        var rita = await accounts.Register();

        var answer = await accounts.LogIn(what == "wrong password" ? rita.Email : AccountNode.NewEmail(), "Wrong1234");

        answer.ExpectError(HttpStatusCode.Unauthorized);
        Assert.Equal("Incorrect email or password", answer.Body.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Five_failures_lock_an_account_for_longer_and_longer_until_a_login_succeeds()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var rita = await accounts.Register();
        Task<Answer> LogIn(string password) => node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password });

        for (var i = 0; i < 5; i++) (await LogIn("Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);
        var locked = (await LogIn(AccountNode.Password)).ExpectError(HttpStatusCode.Forbidden, "locked");
        Assert.Equal("30", locked.Header("Retry-After"));

        clock.Advance(TimeSpan.FromSeconds(31));
        (await LogIn("Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);
        Assert.Equal("60", (await LogIn(AccountNode.Password)).ExpectError(HttpStatusCode.Forbidden).Header("Retry-After"));

        clock.Advance(TimeSpan.FromSeconds(61));
        (await LogIn(AccountNode.Password)).Expect(HttpStatusCode.OK);
        (await LogIn("Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);
        (await LogIn(AccountNode.Password)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_inactive_account_is_reported_only_with_the_right_password()
    {
        var rita = await accounts.Register();
        await accounts.Database.ExecuteAsync("update users set is_active = false where id = @UserId", rita);

        (await accounts.LogIn(rita.Email)).ExpectError(HttpStatusCode.Forbidden, "inactive");
        (await accounts.LogIn(rita.Email, "Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        (await accounts.Node.Client().Post("/api/v1/auth/login", new { email = "a@example.com" })).ExpectInvalid("password");
        (await accounts.Node.Client().Post("/api/v1/auth/login", "{\"email\": 5}")).ExpectInvalid("email");
        (await accounts.Node.Client().Post("/api/v1/auth/login", "nonsense")).ExpectError(HttpStatusCode.UnprocessableEntity);
        (await accounts.LogIn("nul\0@example.com")).ExpectInvalid("email");
    }

    [Fact]
    public async Task A_hash_with_fewer_rounds_is_replaced_at_the_next_login()
    {
        var rita = await accounts.Register();
        await using var node = TestNode.Start(accounts.Database, [.. AccountNode.Settings, ("Accounts:PasswordIterations", "2000")]);
        const string HashOf = "select password_hash from users where id = @UserId";
        var before = await accounts.Database.SingleAsync<string>(HashOf, rita);

        (await node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password })).Expect(HttpStatusCode.OK);

        Assert.NotEqual(before, await accounts.Database.SingleAsync<string>(HashOf, rita));
        (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Paths_are_served_with_and_without_their_final_slash()
    {
        var rita = await accounts.Register();

        (await rita.Http.Get("/api/v1/auth/me/")).Expect(HttpStatusCode.OK);
        (await rita.Http.Get("/api/v1/users")).Expect(HttpStatusCode.OK);
        (await rita.Http.Get("/api/v1/users/")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Registering_opens_an_organization_with_its_administrator()
    {
        var rita = await accounts.Register();

        var me = (await rita.Http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(rita.Email, me.GetProperty("email").GetString());
        Assert.Contains("users:write", me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(0L, await accounts.Database.SingleAsync<long?>("select inbox_seq from inbox_counters where organization_id = @OrganizationId", rita));
    }

    [Fact]
    public async Task Registration_is_closed_unless_a_setting_opens_it()
    {
        await using var node = TestNode.Start(accounts.Database);

        (await node.Client().Post("/api/v1/auth/register", new { })).ExpectError(HttpStatusCode.Forbidden);
    }
}
