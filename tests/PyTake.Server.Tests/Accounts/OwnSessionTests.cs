using System.Net;

namespace PyTake.Accounts;

public sealed class OwnSessionTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task A_person_sees_their_open_sessions_and_which_of_them_this_is()
    {
        var rita = await accounts.Register();
        (await accounts.Node.Client().Send(
            HttpMethod.Post, "/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password }, ("User-Agent", "Phone/1.0"))).Expect(HttpStatusCode.OK);

        var sessions = (await rita.Http.Get("/api/v1/users/me/sessions")).Expect(HttpStatusCode.OK).As<OpenSession[]>();

        Assert.Equal(2, sessions.Length);
        Assert.Equal(("Phone/1.0", false, "127.0.0.1"), (sessions[0].UserAgent, sessions[0].Current, sessions[0].Address));
        Assert.True(sessions[1].Current);
        await accounts.Refresh(rita.Token.RefreshToken);
        Assert.True((await rita.Http.Get("/api/v1/users/me/sessions")).As<OpenSession[]>()[0].Current, "It was used last");
    }

    [Fact]
    public async Task One_session_is_ended_and_nobody_elses()
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());
        var phone = (await accounts.LogIn(rita.Email)).Body.Deserialize();
        var id = (await rita.Http.Get("/api/v1/users/me/sessions")).As<OpenSession[]>().Single(s => !s.Current).Id;

        (await other.Http.Delete($"/api/v1/users/me/sessions/{id}")).ExpectError(HttpStatusCode.NotFound);
        (await accounts.Refresh(phone.RefreshToken)).Expect(HttpStatusCode.OK);
        (await rita.Http.Delete($"/api/v1/users/me/sessions/{id}")).Expect(HttpStatusCode.NoContent);

        (await accounts.Node.Client(phone.AccessToken).Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);
        (await rita.Http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
        (await rita.Http.Delete($"/api/v1/users/me/sessions/{id}")).ExpectError(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData("?all=true", HttpStatusCode.Unauthorized)]
    public async Task All_other_sessions_are_ended_or_this_one_too(string query, HttpStatusCode own)
    {
        var rita = await accounts.Register();
        var phone = (await accounts.LogIn(rita.Email)).Body.Deserialize();

        (await rita.Http.Delete($"/api/v1/users/me/sessions{query}")).Expect(HttpStatusCode.NoContent);

        (await accounts.Node.Client(phone.AccessToken).Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);
        (await rita.Http.Get("/api/v1/auth/me")).Expect(own);
    }

    [Fact]
    public async Task An_administrator_logs_a_member_out_everywhere_and_nobody_of_another_organization()
    {
        var (ours, theirs) = (await Given.Organization(accounts.Node), await Given.Organization(accounts.Node));

        (await ours.Admin.Http.Delete($"/api/v1/users/{theirs.Agent.Id}/sessions")).ExpectError(HttpStatusCode.NotFound);
        (await ours.Agent.Http.Delete($"/api/v1/users/{ours.Viewer.Id}/sessions")).ExpectError(HttpStatusCode.Forbidden);
        (await ours.Admin.Http.Delete($"/api/v1/users/{ours.Agent.Id}/sessions")).Expect(HttpStatusCode.NoContent);

        (await ours.Agent.Http.Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);
        (await theirs.Agent.Http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
        (await ours.Viewer.Http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
    }
}
