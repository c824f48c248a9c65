using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Accounts;

public sealed class SessionTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task A_refresh_token_gives_a_new_pair_of_the_same_session()
    {
        var rita = await accounts.Register();

        var next = (await accounts.Refresh(rita.Token.RefreshToken)).Expect(HttpStatusCode.OK).Body.Deserialize();

        Assert.NotEqual(rita.Token.RefreshToken, next.RefreshToken);
        Assert.NotEqual(rita.Token.AccessToken, next.AccessToken);
        (await accounts.Node.Client(next.AccessToken).Get("/api/v1/auth/verify-token")).Expect(HttpStatusCode.OK);
        (await accounts.Refresh(next.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refresh_token_used_again_ends_the_whole_family()
    {
        var rita = await accounts.Register();
        var next = (await accounts.Refresh(rita.Token.RefreshToken)).Body.Deserialize();

        (await accounts.Refresh(rita.Token.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);

        (await accounts.Refresh(next.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Node.Client(next.AccessToken).Post("/api/v1/users", new { })).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_many_requests_with_one_refresh_token_at_most_one_gets_a_pair_and_the_family_ends()
    {
        var rita = await accounts.Register();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => accounts.Refresh(rita.Token.RefreshToken)));

        var won = Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        (await accounts.Refresh(won.Body.Deserialize().RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Another_login_of_the_same_user_is_another_family()
    {
        var rita = await accounts.Register();
        var phone = (await accounts.LogIn(rita.Email)).Body.Deserialize();

        await accounts.Refresh(rita.Token.RefreshToken);
        await accounts.Refresh(rita.Token.RefreshToken);

        (await accounts.Refresh(phone.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refresh_token_is_good_for_seven_days()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var rita = await accounts.Register();
        Task<Answer> Refresh(string token) => node.Client().Post("/api/v1/auth/refresh", new { refresh_token = token });

        clock.Advance(TimeSpan.FromDays(6.9));
        var next = (await Refresh(rita.Token.RefreshToken)).Expect(HttpStatusCode.OK).Body.Deserialize();
        clock.Advance(TimeSpan.FromDays(7.1));

        (await Refresh(next.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Refresh_tokens_are_stored_as_hashes()
    {
        var rita = await accounts.Register();

        Assert.Equal(1, await accounts.Database.SingleAsync<long>(
            "select count(*) from refresh_tokens where token_hash = sha256(@token::bytea)", new { token = System.Text.Encoding.UTF8.GetBytes(rita.Token.RefreshToken) }));
        Assert.Equal(0, await accounts.Database.SingleAsync<long>(
            "select count(*) from refresh_tokens where token_hash = @token", new { token = System.Text.Encoding.UTF8.GetBytes(rita.Token.RefreshToken) }));
    }

    [Fact]
    public async Task Logging_out_ends_the_family_and_its_sockets_but_no_other()
    {
        var rita = await accounts.Register();
        var phone = (await accounts.LogIn(rita.Email)).Body.Deserialize();
        var (admission, reader) = (accounts.Node.Get<SocketAdmission>(), accounts.Node.Get<TokenReader>());
        var (caller, expires) = (await reader.ReadAsync(rita.Token.AccessToken))!.Value;
        Assert.Equal("Rita", (await admission.AdmitAsync(caller, expires, CancellationToken.None))?.FullName);

        var body = (await rita.Http.Post("/api/v1/auth/logout", new { refresh_token = rita.Token.RefreshToken })).Expect(HttpStatusCode.OK).Body;

        Assert.True(body.GetProperty("success").GetBoolean());
        Assert.Null(await admission.AdmitAsync(caller, expires, CancellationToken.None));
        (await accounts.Refresh(rita.Token.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
        (await rita.Http.Get("/api/v1/auth/verify-token")).ExpectError(HttpStatusCode.Unauthorized);
        (await rita.Http.Post("/api/v1/users", new { })).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Refresh(phone.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_logs_another_out()
    {
        var (rita, mallory) = (await accounts.Register(), await accounts.Register());

        (await mallory.Http.Post("/api/v1/auth/logout", new { refresh_token = rita.Token.RefreshToken })).Expect(HttpStatusCode.OK);

        (await accounts.Refresh(rita.Token.RefreshToken)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Logging_out_needs_the_refresh_token()
    {
        var rita = await accounts.Register();

        (await rita.Http.Post("/api/v1/auth/logout", new { })).ExpectInvalid("refresh_token");
        (await accounts.Node.Client().Post("/api/v1/auth/logout", new { refresh_token = "x" })).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_inactive_user_gets_no_new_pair()
    {
        var rita = await accounts.Register();
        await accounts.Database.ExecuteAsync("update users set is_active = false where id = @UserId", rita);

        (await accounts.Refresh(rita.Token.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Expired_sessions_are_deleted_a_day_later()
    {
        var (rita, sara) = (await accounts.Register(), await accounts.Register());
        await accounts.Database.ExecuteAsync("update sessions set expires_at = now() - interval '25 hours' where user_id = @UserId", rita);
        await accounts.Database.ExecuteAsync("update sessions set expires_at = now() - interval '23 hours' where user_id = @UserId", sara);

        await accounts.Node.Get<Sessions>().DeleteExpiredAsync(CancellationToken.None);

        const string Count = "select count(*) from refresh_tokens t join sessions s on s.id = t.session_id where s.user_id = @UserId";
        Assert.Equal(0, await accounts.Database.SingleAsync<long>(Count, rita));
        Assert.Equal(1, await accounts.Database.SingleAsync<long>(Count, sara));
    }
}
