using System.Net;

namespace PyTake.Accounts;

public sealed class UserTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task An_administrator_adds_a_user_who_can_log_in()
    {
        var rita = await accounts.Register();
        var email = AccountNode.NewEmail();

        var user = (await rita.Http.Post("/api/v1/users/", new { email, password = AccountNode.Password, full_name = "Nina", role = "agent" }))
            .Expect(HttpStatusCode.Created).As<User>();

        Assert.Equal((rita.OrganizationId, "agent", true), (user.OrganizationId, user.Role, user.IsActive));
        (await accounts.LogIn(email)).Expect(HttpStatusCode.OK);
        (await rita.Http.Post("/api/v1/users", new { email, password = AccountNode.Password, full_name = "Nina", role = "agent" }))
            .ExpectError(HttpStatusCode.BadRequest);
        (await rita.Http.Post("/api/v1/users", new { email, password = AccountNode.Password, full_name = "Nina", role = "owner" })).ExpectInvalid("role");
    }

    [Fact]
    public async Task Users_of_another_organization_do_not_exist()
    {
        var (ours, theirs) = (await Given.Organization(accounts.Node), await Given.Organization(accounts.Node));

        var list = (await ours.Viewer.Http.Get("/api/v1/users/")).Expect(HttpStatusCode.OK).As<User[]>();
        Assert.Equal(4, list.Length);
        Assert.All(list, u => Assert.Equal(ours.Id, u.OrganizationId));
        (await ours.Viewer.Http.Get($"/api/v1/users/{ours.Agent.Id}/")).Expect(HttpStatusCode.OK);
        (await ours.Admin.Http.Get($"/api/v1/users/{theirs.Agent.Id}")).ExpectError(HttpStatusCode.NotFound);
        (await ours.Admin.Http.Put($"/api/v1/users/{theirs.Agent.Id}", new { is_active = false })).ExpectError(HttpStatusCode.NotFound);
        Assert.True(await accounts.Database.SingleAsync<bool>("select is_active from users where id = @Id", theirs.Agent));
    }

    [Fact]
    public async Task Everybody_changes_their_own_name_and_status_and_nothing_else()
    {
        var organization = await Given.Organization(accounts.Node);

        var user = (await organization.Viewer.Http.Put("/api/v1/users/me", new { full_name = "Vera", agent_status = "busy", role = "org_admin" }))
            .Expect(HttpStatusCode.OK).As<User>();

        Assert.Equal(("Vera", "busy", "viewer"), (user.FullName, user.AgentStatus, user.Role));
        (await organization.Viewer.Http.Put("/api/v1/users/me", new { agent_status = "asleep" })).ExpectInvalid("agent_status");
        (await organization.Viewer.Http.Put("/api/v1/users/me", new { full_name = " " })).ExpectInvalid("full_name");
    }

    [Fact]
    public async Task A_deactivated_user_is_logged_out_everywhere_and_stays_so_when_reactivated()
    {
        var organization = await Given.Organization(accounts.Node);
        var agent = organization.Agent;
        var before = await RightsChangedAt(agent.Id);

        (await organization.Admin.Http.Put($"/api/v1/users/{agent.Id}", new { is_active = false })).Expect(HttpStatusCode.OK);

        Assert.True(await RightsChangedAt(agent.Id) > before);
        var (caller, expires) = (await accounts.Node.Get<TokenReader>().ReadAsync(agent.Token))!.Value;
        Assert.Null(await accounts.Node.Get<SocketAdmission>().AdmitAsync(caller, expires, CancellationToken.None));
        (await agent.Http.Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);

        (await organization.Admin.Http.Put($"/api/v1/users/{agent.Id}", new { is_active = true })).Expect(HttpStatusCode.OK);
        Assert.Null(await accounts.Node.Get<SocketAdmission>().AdmitAsync(caller, expires, CancellationToken.None));
    }

    [Fact]
    public async Task Only_a_change_of_rights_moves_the_time_that_nodes_check()
    {
        var organization = await Given.Organization(accounts.Node);
        var before = await RightsChangedAt(organization.Agent.Id);

        await organization.Agent.Http.Put("/api/v1/users/me", new { agent_status = "away" });
        await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { full_name = "Anna", role = "agent", is_active = true });
        Assert.Equal(before, await RightsChangedAt(organization.Agent.Id));

        await organization.Admin.Http.Put($"/api/v1/users/{organization.Agent.Id}", new { role = "viewer" });
        Assert.True(await RightsChangedAt(organization.Agent.Id) > before);
    }

    [Fact]
    public async Task An_organization_keeps_an_administrator_even_when_two_demote_each_other()
    {
        var organization = await Given.Organization(accounts.Node);
        var second = await Given.User(accounts.Node, organization.Id, Role.OrgAdmin);

        var answers = await Task.WhenAll(
            organization.Admin.Http.Put($"/api/v1/users/{second.Id}", new { role = "agent" }),
            second.Http.Put($"/api/v1/users/{organization.Admin.Id}", new { is_active = false }));

        var refused = Assert.Single(answers, a => a.Status != HttpStatusCode.OK);
        Assert.Contains(refused.Status, new[] { HttpStatusCode.Conflict, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized });
        Assert.Equal(1, await accounts.Database.SingleAsync<long>(
            "select count(*) from users where organization_id = @Id and role = 'org_admin' and is_active", organization));
    }

    [Theory]
    [InlineData("role", "agent")]
    [InlineData("is_active", false)]
    public async Task The_last_administrator_can_not_step_down(string field, object value)
    {
        var organization = await Given.Organization(accounts.Node);

        (await organization.Admin.Http.Put($"/api/v1/users/{organization.Admin.Id}", new Dictionary<string, object> { [field] = value }))
            .ExpectError(HttpStatusCode.Conflict, "administrator");
    }

    private Task<DateTime> RightsChangedAt(Guid id)
        => accounts.Database.SingleAsync<DateTime>("select rights_changed_at from users where id = @id", new { id });
}
