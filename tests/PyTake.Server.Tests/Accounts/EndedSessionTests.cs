using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Accounts;

/// <summary>Attempts to go on reading with the access token of a session that has ended.</summary>
public sealed partial class EndedSessionTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task Two_seconds_after_a_session_has_ended_no_route_answers_it_even_if_its_node_heard_nothing()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var organization = await Given.Organization(node);
        var paths = ReadPaths(node);
        Assert.Contains("/api/v1/conversations/", paths);
        foreach (var path in paths) Assert.NotEqual(HttpStatusCode.Unauthorized, (await organization.Admin.Http.Get(path)).Status);

        await accounts.Database.ExecuteAsync("update sessions set revoked_at = now() where id = @SessionId", organization.Admin);
        clock.Advance(RecentStandings.MostAge);

        foreach (var path in paths) (await organization.Admin.Http.Get(path)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("logout")]
    [InlineData("stolen refresh token")]
    [InlineData("deactivation")]
    public async Task Another_node_hears_at_once_that_a_session_has_ended(string how)
    {
        await using var other = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(new StoppedClock()), AccountNode.Settings);
        var rita = await accounts.Register();
        var agent = await Given.User(accounts.Node, rita.OrganizationId, Role.Agent);
        var reader = other.Client(how == "deactivation" ? agent.Token : rita.Token.AccessToken);
        (await reader.Get("/api/v1/users")).Expect(HttpStatusCode.OK);

        if (how == "logout") (await rita.Http.Post("/api/v1/auth/logout", new { refresh_token = rita.Token.RefreshToken })).Expect(HttpStatusCode.OK);
        if (how == "deactivation") (await rita.Http.Put($"/api/v1/users/{agent.Id}", new { is_active = false })).Expect(HttpStatusCode.OK);
        for (var i = 0; how == "stolen refresh token" && i < 2; i++) await accounts.Refresh(rita.Token.RefreshToken);

        await Wait.Until(async () => (await reader.Get("/api/v1/users")).Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_session_ends_after_thirty_days_however_often_it_is_refreshed()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var rita = await accounts.Register();
        var token = rita.Token;
        async Task<Answer> Refresh() => await node.Client().Post("/api/v1/auth/refresh", new { refresh_token = token.RefreshToken });

        for (var day = 6; day < 30; day += 6)
        {
            clock.Advance(TimeSpan.FromDays(6));
            token = (await Refresh()).Expect(HttpStatusCode.OK).Body.Deserialize();
        }
        clock.Advance(TimeSpan.FromDays(6) - TimeSpan.FromMinutes(10));
        token = (await Refresh()).Expect(HttpStatusCode.OK).Body.Deserialize();
        (await node.Client(token.AccessToken).Get("/api/v1/users")).Expect(HttpStatusCode.OK);

        clock.Advance(TimeSpan.FromMinutes(10));
        (await node.Client(token.AccessToken).Get("/api/v1/users")).ExpectError(HttpStatusCode.Unauthorized);
        (await Refresh()).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Requests_at_the_same_time_and_soon_after_share_one_lookup()
    {
        var (clock, lookups, answer) = (new TestClock(), 0, new TaskCompletionSource<Standing?>());
        var standings = new RecentStandings(_ => { lookups++; return answer.Task; }, clock);
        var caller = new Caller(Guid.NewGuid(), Guid.NewGuid(), Role.Agent, Guid.NewGuid());
        Task<Standing?> Find() => standings.FindAsync(caller, CancellationToken.None);

        var first = Enumerable.Range(0, 50).Select(_ => Find()).ToArray();
        answer.SetResult(new Standing(Role.Agent, "Anna", false, false, false));
        await Task.WhenAll(first);
        await Find();
        Assert.Equal(1, lookups);

        standings.Forget(caller.UserId);
        await Find();
        Assert.Equal(2, lookups);
        clock.Advance(RecentStandings.MostAge);
        await Find();
        Assert.Equal(3, lookups);
    }

    [Fact]
    public async Task A_lookup_that_fails_is_not_remembered()
    {
        var fails = true;
        var standings = new RecentStandings(
            _ => fails ? Task.FromException<Standing?>(new TimeoutException()) : Task.FromResult<Standing?>(new(Role.Agent, "Anna", false, false, false)), TimeProvider.System);
        var caller = new Caller(Guid.NewGuid(), Guid.NewGuid(), Role.Agent, Guid.NewGuid());

        await Assert.ThrowsAsync<TimeoutException>(() => standings.FindAsync(caller, CancellationToken.None));
        fails = false;

        Assert.NotNull(await standings.FindAsync(caller, CancellationToken.None));
    }

    private static string[] ReadPaths(TestNode node) =>
    [
        .. node.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") is true)
            .Where(e => e.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>() is not null)
            .Select(e => Parameter().Replace(e.RoutePattern.RawText!, match => match.Value.Contains("long", StringComparison.Ordinal) ? "1" : $"{Guid.NewGuid()}"))
            .Where(path => path.StartsWith("/api/", StringComparison.Ordinal)),
    ];

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    /// <summary>Time that passes for nobody: what is remembered for two seconds is remembered until a hint.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        private readonly long _timestamp = System.GetTimestamp();

        public override long GetTimestamp() => _timestamp;
    }
}
