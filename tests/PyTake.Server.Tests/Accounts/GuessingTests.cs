using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Accounts;

/// <summary>Attacks on passwords by guessing, and on their owners by guessing for them.</summary>
public sealed class GuessingTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task Of_a_burst_of_guesses_five_are_checked_and_the_others_answered_alike_with_the_right_one_among_them()
    {
        var rita = await accounts.Register();
        for (var i = 0; i < LoginAttempts.FailuresAllowed; i++) await accounts.LogIn(rita.Email, $"Wrong{i}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => accounts.LogIn(rita.Email, i == 20 ? AccountNode.Password : $"Wrong{i}")));

        Assert.All(answers, answer => answer.ExpectError(HttpStatusCode.Forbidden, "locked"));
        Assert.Single(answers.Select(answer => answer.Body.GetProperty("detail").GetString()!.Split(',')[0]).Distinct());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_burst_gets_no_more_guesses_than_one_after_the_other_at_accounts_that_exist_and_at_others(bool exists)
    {
        var email = exists ? (await accounts.Register()).Email : AccountNode.NewEmail();

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => accounts.LogIn(email, $"Wrong{i}")));

        Assert.Equal(
            "Unauthorized × 5, Forbidden × 35",
            string.Join(", ", answers.GroupBy(a => a.Status).OrderBy(g => g.Key).Select(g => $"{g.Key} × {g.Count()}")));
        Assert.Equal("30", (await accounts.LogIn(email, "Wrong1234")).ExpectError(HttpStatusCode.Forbidden, "locked").Header("Retry-After"));
    }

    [Fact]
    public async Task A_lock_decays_and_is_forgotten()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var email = AccountNode.NewEmail();
        Task<Answer> Guess() => node.Client().Post("/api/v1/auth/login", new { email, password = "Wrong1234" });
        for (var i = 0; i < 10; i++)
        {
            (await Guess()).ExpectError(HttpStatusCode.Unauthorized);
            if (i >= 4) clock.Advance(LoginAttempts.LongestLock);
        }

        // Since the fifth, each guess was one more and each quarter of an hour one less: the next locks for half a minute, as the fifth did.
        (await Guess()).ExpectError(HttpStatusCode.Unauthorized);
        (await Guess()).ExpectError(HttpStatusCode.Forbidden);
        clock.Advance(5 * LoginAttempts.ForgottenAfter);
        await node.Get<LoginAttempts>().DeleteForgottenAsync(CancellationToken.None);
        for (var i = 0; i < 5; i++) (await Guess()).ExpectError(HttpStatusCode.Unauthorized);
        (await Guess()).ExpectError(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Strangers_who_guess_do_not_lock_the_owner_out_where_they_have_logged_in_before()
    {
        var rita = await accounts.Register();
        var cookie = (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK).DeviceCookie();
        Task<Answer> AtHome(string password, string email) => accounts.Node.Client().Post("/api/v1/auth/login", new { email, password }, ("Cookie", cookie));
        for (var i = 0; i < LoginAttempts.FailuresAllowed; i++) (await accounts.LogIn(rita.Email, "Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.LogIn(rita.Email)).ExpectError(HttpStatusCode.Forbidden, "locked");

        (await AtHome(AccountNode.Password, rita.Email)).Expect(HttpStatusCode.OK);

        // The strangers' lock holds, and who has the device gets no more guesses with it.
        (await accounts.LogIn(rita.Email)).ExpectError(HttpStatusCode.Forbidden, "locked");
        for (var i = 0; i < LoginAttempts.FailuresAllowed; i++) (await AtHome("Wrong1234", rita.Email)).ExpectError(HttpStatusCode.Unauthorized);
        (await AtHome(AccountNode.Password, rita.Email)).ExpectError(HttpStatusCode.Forbidden, "locked");
    }

    [Fact]
    public async Task Logging_in_to_an_account_of_ones_own_with_the_same_address_clears_no_guesses_at_the_other()
    {
        var (rita, mallory) = (await accounts.Register(), await accounts.Register());
        const string Mallorys = "mallory chose this one";
        (await mallory.Http.Post("/api/v1/users", new { email = rita.Email, password = Mallorys, full_name = "Mallory", role = "agent" }))
            .Expect(HttpStatusCode.Created);
        for (var i = 1; i < LoginAttempts.FailuresAllowed; i++) (await accounts.LogIn(rita.Email, "Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);
        var cookie = (await accounts.LogIn(rita.Email, Mallorys)).Expect(HttpStatusCode.OK).DeviceCookie();

        (await accounts.LogIn(rita.Email, "Wrong1234")).ExpectError(HttpStatusCode.Unauthorized);

        (await accounts.LogIn(rita.Email, "Wrong1234")).ExpectError(HttpStatusCode.Forbidden, "locked");
        (await accounts.Node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password }, ("Cookie", cookie)))
            .ExpectError(HttpStatusCode.Forbidden, "locked");
    }

    [Theory]
    [InlineData("of another account")]
    [InlineData("forged")]
    [InlineData("old")]
    public async Task A_device_is_known_only_by_a_cookie_of_its_account(string which)
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var (rita, mallory) = (await accounts.Register(), await accounts.Register());
        var cookies = new Dictionary<string, string>();
        foreach (var user in new[] { rita, mallory })
            cookies[user.Email] = (await accounts.LogIn(user.Email)).Expect(HttpStatusCode.OK).DeviceCookie();
        var (name, value) = (cookies[rita.Email].Split('=')[0], cookies[which == "of another account" ? mallory.Email : rita.Email].Split('=')[1]);
        if (which == "forged") value = (value[0] == 'A' ? 'B' : 'A') + value[1..];
        if (which == "old") clock.Advance(TimeSpan.FromDays(181));
        Task<Answer> LogIn(string password, string cookie)
            => node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password }, ("Cookie", cookie));
        for (var i = 0; i < LoginAttempts.FailuresAllowed; i++) (await LogIn("Wrong1234", "none=none")).ExpectError(HttpStatusCode.Unauthorized);

        (await LogIn(AccountNode.Password, $"{name}={value}")).ExpectError(HttpStatusCode.Forbidden, "locked");
    }

    [Fact]
    public async Task The_cookie_of_a_device_is_out_of_reach_of_scripts_and_of_other_sites()
    {
        var rita = await accounts.Register();

        var cookie = (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK).Header("Set-Cookie");

        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(rita.Email, Uri.UnescapeDataString(cookie), StringComparison.Ordinal);
        var secure = await accounts.Node.Client().Post(
            "/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password }, ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9"));
        Assert.Contains("; secure", secure.Expect(HttpStatusCode.OK).Header("Set-Cookie"), StringComparison.OrdinalIgnoreCase);
    }
}
