using System.Net;

namespace PyTake.Accounts;

public sealed class RateLimitTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task Logins_are_counted_by_address_and_account_together()
    {
        await using var node = TestNode.Start(accounts.Database, ("Accounts:PasswordIterations", "1000"));
        Task<Answer> LogIn(string email, string address)
            => node.Client().Post("/api/v1/auth/login", new { email, password = "Wrong1234" }, ("X-Forwarded-For", address));

        for (var i = 0; i < 5; i++) (await LogIn("a@example.com", "203.0.113.1")).ExpectError(HttpStatusCode.Unauthorized);

        var limited = (await LogIn("A@example.com ", "203.0.113.1")).ExpectError(HttpStatusCode.TooManyRequests);
        Assert.Equal("rate_limit_exceeded", limited.Body.GetProperty("error").GetProperty("type").GetString());
        Assert.InRange(int.Parse(limited.Header("Retry-After")), 1, 60);
        (await LogIn("b@example.com", "203.0.113.1")).ExpectError(HttpStatusCode.Unauthorized);
        (await LogIn("a@example.com", "203.0.113.2")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_address_that_a_client_claims_through_the_proxy_does_not_count()
    {
        await using var node = TestNode.Start(accounts.Database, ("Accounts:PasswordIterations", "1000"));
        Task<Answer> LogIn(int claimed)
            => node.Client().Post("/api/v1/auth/login", new { email = "a@example.com", password = "x" }, ("X-Forwarded-For", $"198.51.100.{claimed}, 203.0.113.1"));

        for (var i = 0; i < 5; i++) await LogIn(i);

        (await LogIn(5)).ExpectError(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Refreshes_are_counted_for_the_account_whichever_token_is_used()
    {
        await using var node = TestNode.Start(accounts.Database, ("Accounts:RefreshesPerMinute", "2"));
        var rita = await accounts.Register();
        Task<Answer> Refresh(string token) => node.Client().Post("/api/v1/auth/refresh", new { refresh_token = token });

        var second = (await Refresh(rita.Token.RefreshToken)).Expect(HttpStatusCode.OK).Body.Deserialize();
        var third = (await Refresh(second.RefreshToken)).Expect(HttpStatusCode.OK).Body.Deserialize();
        (await Refresh(third.RefreshToken)).ExpectError(HttpStatusCode.TooManyRequests);

        // The refused request did not use up the token.
        (await accounts.Refresh(third.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Registrations_are_counted_by_address()
    {
        await using var node = TestNode.Start(accounts.Database, ("Accounts:Registration", "true"));

        for (var i = 0; i < 5; i++) (await node.Client().Post("/api/v1/auth/register", new { })).ExpectError(HttpStatusCode.UnprocessableEntity);

        (await node.Client().Post("/api/v1/auth/register", new { })).ExpectError(HttpStatusCode.TooManyRequests);
    }
}
