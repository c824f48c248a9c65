using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace PyTake.Accounts;

public sealed class PolicyTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    /// <summary>Routes that authenticate their callers in another way, or not at all.</summary>
    private static readonly string[] Open =
    [
        "/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/refresh", "/api/v1/auth/forgot", "/api/v1/auth/reset", "/api/v1/auth/invitation",
        "/api/v1/auth/accept-invitation", "/api/v1/auth/mfa", "/api/v1/auth/passkey", "/api/v1/whatsapp/webhook", "/api/v1/webhooks/meta",
    ];

    [Fact]
    public void Every_route_of_the_api_has_a_policy()
    {
        var routes = accounts.Node.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .Where(e => !Open.Any(o => e.RoutePattern.RawText!.StartsWith(o, StringComparison.Ordinal)))
            .ToList();

        Assert.NotEmpty(routes);
        Assert.All(routes, r => Assert.Contains(r.Metadata.GetOrderedMetadata<IAuthorizeData>(), a => a.Policy is not null));
    }

    [Fact]
    public async Task The_role_that_counts_is_the_one_in_the_database()
    {
        var organization = await Given.Organization(accounts.Node);
        object NewUser() => new { email = AccountNode.NewEmail(), password = AccountNode.Password, full_name = "Nina", role = "agent" };

        (await organization.Agent.Http.Post("/api/v1/users", NewUser())).ExpectError(HttpStatusCode.Forbidden);
        await accounts.Database.ExecuteAsync("update users set role = 'org_admin' where id = @Id", organization.Agent);
        (await organization.Agent.Http.Post("/api/v1/users", NewUser())).Expect(HttpStatusCode.Created);
        await accounts.Database.ExecuteAsync("update users set role = 'viewer' where id = @Id", organization.Admin);
        (await organization.Admin.Http.Post("/api/v1/users", NewUser())).ExpectError(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_session_that_has_ended_neither_reads_nor_writes()
    {
        var organization = await Given.Organization(accounts.Node);
        await accounts.Database.ExecuteAsync("update sessions set revoked_at = now() where id = @SessionId", organization.Admin);

        (await organization.Admin.Http.Get("/api/v1/users")).ExpectError(HttpStatusCode.Unauthorized);
        (await organization.Admin.Http.Post("/api/v1/users", new { })).ExpectError(HttpStatusCode.Unauthorized);
        (await organization.Admin.Http.Put("/api/v1/users/me", new { full_name = "X" })).ExpectError(HttpStatusCode.Unauthorized);
    }
}
