using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Accounts;

public sealed class AuditTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task An_administrator_reads_who_did_what_from_where_newest_first()
    {
        var rita = await accounts.Register();
        var nina = (await rita.Http.Post("/api/v1/users", new { email = AccountNode.NewEmail(), password = AccountNode.Password, full_name = "Nina", role = "agent" }))
            .Expect(HttpStatusCode.Created).As<User>();
        (await rita.Http.Put($"/api/v1/users/{nina.Id}", new { role = "viewer" })).Expect(HttpStatusCode.OK);
        var token = (await accounts.LogIn(nina.Email)).Expect(HttpStatusCode.OK).Body.Deserialize();
        (await accounts.Node.Client(token.AccessToken).Post("/api/v1/auth/logout", new { refresh_token = token.RefreshToken })).Expect(HttpStatusCode.OK);

        var events = await EventsOf(rita);

        Assert.Equal(
            ["session.logged_out", "user.logged_in", "user.changed", "user.created", "user.logged_in", "organization.registered"], events.Select(e => e.Action));
        Assert.Equal([nina.Id, nina.Id, rita.UserId, rita.UserId, rita.UserId, rita.UserId], events.Select(e => e.ActorId!.Value));
        Assert.All(events, e => Assert.Equal("127.0.0.1", e.Address));
        Assert.Equal("Nina", events[0].ActorName);
        Assert.Equal($"{nina.Id}", events[2].Subject);
        using var details = events[2].Details.Parse();
        Assert.Equal("viewer", details.RootElement.GetProperty("role").GetString());
    }

    [Fact]
    public async Task What_was_refused_is_not_recorded_as_done()
    {
        var rita = await accounts.Register();

        (await rita.Http.Put($"/api/v1/users/{rita.UserId}", new { role = "viewer" })).ExpectError(HttpStatusCode.Conflict);
        (await rita.Http.Post("/api/v1/users", new { email = rita.Email, password = AccountNode.Password, full_name = "R", role = "agent" }))
            .ExpectError(HttpStatusCode.BadRequest);

        Assert.Equal(["user.logged_in", "organization.registered"], (await EventsOf(rita)).Select(e => e.Action));
    }

    [Fact]
    public async Task A_stolen_refresh_token_is_recorded_without_saying_whose_it_is_now()
    {
        var rita = await accounts.Register();
        await accounts.Refresh(rita.Token.RefreshToken);
        await accounts.Refresh(rita.Token.RefreshToken);

        var reused = (await EventsOf(await LogInAgain(rita)))[1];

        Assert.Equal((AuditAction.TokenReused, null), (reused.Action, reused.ActorId));
    }

    [Fact]
    public async Task Wrong_passwords_are_recorded_with_their_address_until_the_account_is_locked()
    {
        var rita = await accounts.Register();
        for (var i = 0; i < 20; i++) await accounts.LogIn(rita.Email, "Wrong1234");

        await accounts.Node.Get<FailedLogins>().WriteKnownAsync(CancellationToken.None);

        var failed = (await EventsOf(rita)).Where(e => e.Action == AuditAction.LoginFailed).ToArray();
        Assert.All(failed, e => Assert.Equal((null, $"{rita.UserId}", "127.0.0.1"), (e.ActorId, e.Subject, e.Address)));
        Assert.Equal(LoginAttempts.FailuresAllowed, failed.Sum(e => Number(e, "count")));
        Assert.Equal(LoginAttempts.FailuresAllowed, failed.Max(e => Number(e, "failures")));
    }

    [Fact]
    public async Task Guessing_at_accounts_that_do_not_exist_fills_no_table()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, AccountNode.Settings);
        for (var i = 0; i < 60; i++)
            (await node.Client().Post(
                "/api/v1/auth/login", new { email = $"{i}@example.com", password = "Wrong1234" }, ("X-Forwarded-For", $"203.0.113.{i}")))
                .ExpectError(HttpStatusCode.Unauthorized);

        await node.Get<FailedLogins>().WriteUnknownAsync(CancellationToken.None);

        Assert.Equal(21, await database.SingleAsync<long>("select count(*) from audit_events"));
        Assert.Equal(60, await database.SingleAsync<long>("select sum((details ->> 'count')::int) from audit_events"));
    }

    [Fact]
    public async Task Another_organization_and_others_than_administrators_read_nothing()
    {
        var (rita, organization) = (await accounts.Register(), await Given.Organization(accounts.Node));

        Assert.Empty((await organization.Admin.Http.Get($"/api/v1/audit?actor_id={rita.UserId}")).Expect(HttpStatusCode.OK).As<AuditEvent[]>());
        (await organization.Agent.Http.Get("/api/v1/audit")).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Viewer.Http.Get("/api/v1/audit")).ExpectError(HttpStatusCode.Forbidden);
        (await accounts.Node.Client().Get("/api/v1/audit")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task It_is_read_by_pages_by_actor_and_by_action()
    {
        var organization = await Given.Organization(accounts.Node);
        var audit = accounts.Node.Get<AuditTrail>();
        for (var i = 0; i < 5; i++)
            await audit.RecordAsync(
                new Actor(organization.Id, i % 2 == 0 ? organization.Admin.Id : organization.Agent.Id, null), "test.done", $"{i}", null, CancellationToken.None);
        Task<Answer> List(string query) => organization.Admin.Http.Get($"/api/v1/audit?{query}");

        var first = (await List("limit=2")).Expect(HttpStatusCode.OK);
        var second = (await List($"limit=4&before={first.Header("X-Next-Cursor")}")).Expect(HttpStatusCode.OK);

        Assert.Equal(["0", "1", "2", "3", "4"], first.As<AuditEvent[]>().Concat(second.As<AuditEvent[]>()).Select(e => e.Subject!).Order());
        Assert.Equal(3, (await List($"actor_id={organization.Admin.Id}")).As<AuditEvent[]>().Length);
        Assert.Empty((await List("action=test.undone")).As<AuditEvent[]>());
        (await List("limit=101")).ExpectInvalid("limit");
        (await List("before=yesterday")).ExpectInvalid("before");
    }

    [Fact]
    public async Task Old_events_are_deleted_and_no_others()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(
            accounts.Database, services => services.AddSingleton<TimeProvider>(clock), [.. AccountNode.Settings, ("Accounts:AuditDays", "30")]);
        var rita = await accounts.Register();
        clock.Advance(TimeSpan.FromDays(29));
        await node.Get<AuditTrail>().DeleteOldAsync(CancellationToken.None);
        Assert.Equal(2, (await EventsOf(rita)).Length);

        clock.Advance(TimeSpan.FromDays(2));
        await node.Get<AuditTrail>().DeleteOldAsync(CancellationToken.None);

        Assert.Empty(await EventsOf(rita));
    }

    private static int Number(AuditEvent e, string name)
    {
        using var details = e.Details.Parse();
        return details.RootElement.GetProperty(name).GetInt32();
    }

    private async Task<Registered> LogInAgain(Registered user)
    {
        var token = (await accounts.LogIn(user.Email)).Expect(HttpStatusCode.OK).Body.Deserialize();
        return user with { Token = token, Http = accounts.Node.Client(token.AccessToken) };
    }

    private static async Task<AuditEvent[]> EventsOf(Registered administrator)
        => (await administrator.Http.Get("/api/v1/audit")).Expect(HttpStatusCode.OK).As<AuditEvent[]>();
}
