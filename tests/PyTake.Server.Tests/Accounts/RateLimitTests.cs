using System.Net;

namespace PyTake.Accounts;

public sealed class RateLimitTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    private static readonly (string, string) CheapHashes = ("Accounts:PasswordIterations", "1000");

    [Fact]
    public async Task Logins_are_counted_by_address_and_account_together()
    {
        await using var node = TestNode.Start(accounts.Database, CheapHashes);
        var (a, b) = (AccountNode.NewEmail(), AccountNode.NewEmail());

        for (var i = 0; i < 5; i++) (await Guess(node, a, "203.0.113.1")).ExpectError(HttpStatusCode.Unauthorized);

        var limited = (await Guess(node, $"{a.ToUpperInvariant()} ", "203.0.113.1")).ExpectError(HttpStatusCode.TooManyRequests);
        Assert.Equal("rate_limit_exceeded", limited.Body.GetProperty("error").GetProperty("type").GetString());
        Assert.InRange(int.Parse(limited.Header("Retry-After")), 1, 120);
        (await Guess(node, b, "203.0.113.1")).ExpectError(HttpStatusCode.Unauthorized);
        (await Guess(node, a, "203.0.113.2")).ExpectError(HttpStatusCode.Forbidden, "locked");
    }

    [Fact]
    public async Task All_nodes_count_together()
    {
        await using var one = TestNode.Start(accounts.Database, CheapHashes);
        await using var two = TestNode.Start(accounts.Database, CheapHashes);
        var email = AccountNode.NewEmail();

        for (var i = 0; i < 5; i++) await Guess(i % 2 == 0 ? one : two, email, "203.0.113.3");

        (await Guess(one, email, "203.0.113.3")).ExpectError(HttpStatusCode.TooManyRequests);
        (await Guess(two, email, "203.0.113.3")).ExpectError(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task While_Redis_is_away_logins_go_on_and_each_node_counts_for_itself()
    {
        await using var redis = await PrivateRedis.StartAsync();
        await using var node = TestNode.Start(accounts.Database, CheapHashes, redis.Setting);
        var rita = await accounts.Register();
        await redis.KillAsync();

        (await node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password })).Expect(HttpStatusCode.OK);

        var email = AccountNode.NewEmail();
        for (var i = 0; i < 5; i++) (await Guess(node, email, "203.0.113.4")).ExpectError(HttpStatusCode.Unauthorized);
        (await Guess(node, email, "203.0.113.4")).ExpectError(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_Redis_that_hangs_holds_up_no_login_for_long()
    {
        await using var redis = await PrivateRedis.StartAsync();
        await using var node = TestNode.Start(accounts.Database, CheapHashes, redis.Setting);
        var rita = await accounts.Register();
        await redis.FreezeAsync();
        try
        {
            (await node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password })).Expect(HttpStatusCode.OK);
        }
        finally
        {
            await redis.ThawAsync();
        }
    }

    [Fact]
    public async Task An_address_that_tries_one_account_after_the_other_is_stopped_and_nobody_else()
    {
        await using var node = TestNode.Start(accounts.Database, CheapHashes, ("Accounts:FailedLoginsPerMinute", "10"));

        for (var i = 0; i < 10; i++) (await Guess(node, AccountNode.NewEmail(), "203.0.113.5")).ExpectError(HttpStatusCode.Unauthorized);

        (await Guess(node, AccountNode.NewEmail(), "203.0.113.5")).ExpectError(HttpStatusCode.TooManyRequests);
        (await Guess(node, AccountNode.NewEmail(), "203.0.113.6")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_office_behind_one_address_logs_in_as_often_as_it_likes()
    {
        await using var node = TestNode.Start(accounts.Database, CheapHashes, ("Accounts:FailedLoginsPerMinute", "2"));

        for (var i = 0; i < 5; i++)
            (await node.Client().Post(
                "/api/v1/auth/login", new { email = (await accounts.Register()).Email, password = AccountNode.Password }, ("X-Forwarded-For", "203.0.113.7")))
                .Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Guessing_from_everywhere_at_once_is_stopped_and_known_devices_are_not()
    {
        // A database of its own, because the limit is for the installation.
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, [.. AccountNode.Settings, ("Accounts:AllFailedLoginsPerMinute", "10")]);
        var email = AccountNode.NewEmail();
        (await node.Client().Post("/api/v1/auth/register", new { email, password = AccountNode.Password, full_name = "Rita", organization_name = "Acme" }))
            .Expect(HttpStatusCode.Created);
        Task<Answer> LogIn(string cookie) => node.Client().Post("/api/v1/auth/login", new { email, password = AccountNode.Password }, ("Cookie", cookie));
        var cookie = (await LogIn("none=none")).Expect(HttpStatusCode.OK).DeviceCookie();

        for (var i = 0; i < 10; i++) (await Guess(node, AccountNode.NewEmail(), $"198.51.100.{i}")).ExpectError(HttpStatusCode.Unauthorized);

        (await Guess(node, AccountNode.NewEmail(), "198.51.100.99")).ExpectError(HttpStatusCode.TooManyRequests);
        (await LogIn(cookie)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Addresses_of_one_IPv6_network_are_one()
    {
        await using var node = TestNode.Start(accounts.Database, CheapHashes);
        var email = AccountNode.NewEmail();

        for (var i = 0; i < 5; i++) (await Guess(node, email, $"2001:db8:1:2:{i}::{i}")).ExpectError(HttpStatusCode.Unauthorized);

        (await Guess(node, email, "2001:db8:1:2::1")).ExpectError(HttpStatusCode.TooManyRequests);
        (await Guess(node, email, "2001:db8:1:3::1")).ExpectError(HttpStatusCode.Forbidden, "locked");
    }

    [Fact]
    public async Task An_address_that_a_client_claims_through_the_proxy_does_not_count()
    {
        await using var node = TestNode.Start(accounts.Database, CheapHashes);
        var email = AccountNode.NewEmail();

        for (var i = 0; i < 5; i++) await Guess(node, email, $"198.51.100.{i}, 203.0.113.8");

        (await Guess(node, email, "198.51.100.5, 203.0.113.8")).ExpectError(HttpStatusCode.TooManyRequests);
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
        Task<Answer> Register() => node.Client().Post("/api/v1/auth/register", new { }, ("X-Forwarded-For", "203.0.113.10"));

        for (var i = 0; i < 5; i++) (await Register()).ExpectError(HttpStatusCode.UnprocessableEntity);

        (await Register()).ExpectError(HttpStatusCode.TooManyRequests);
    }

    private static Task<Answer> Guess(TestNode node, string email, string address)
        => node.Client().Post("/api/v1/auth/login", new { email, password = "Wrong1234" }, ("X-Forwarded-For", address));
}
