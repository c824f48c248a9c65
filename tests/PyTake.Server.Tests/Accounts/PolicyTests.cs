using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace PyTake.Accounts;

public sealed class PolicyTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    /// <summary>Every route that is open to strangers, with the reason. Nothing else is.</summary>
    private static readonly Dictionary<string, string> Open = new()
    {
        ["/api/v1/auth/login"] = "issues tokens",
        ["/api/v1/auth/register"] = "issues tokens, where registration is open",
        ["/api/v1/auth/refresh"] = "issues tokens",
        ["/api/v1/auth/mfa"] = "the second step of a login",
        ["/api/v1/auth/passkey"] = "issues tokens",
        ["/api/v1/auth/passkey/options"] = "the first half of a login",
        ["/api/v1/auth/forgot"] = "answers everybody alike",
        ["/api/v1/auth/reset"] = "by a link",
        ["/api/v1/auth/invitation"] = "by a link",
        ["/api/v1/auth/accept-invitation"] = "by a link",
        ["/api/v1/whatsapp/webhook"] = "Meta signs it",
        ["/api/v1/webhooks/meta"] = "Meta signs it",
        ["/api/v1/webhooks/meta/verify"] = "Meta's verify token",
        ["/health/"] = "load balancers",
        ["/health/live"] = "load balancers",
        ["/health/ready"] = "load balancers",
        ["/openapi/{documentName}.json"] = "the description of the API, which is public",
        ["/socket.io"] = "clients authenticate with their first packet",
    };

    [Fact]
    public async Task Every_route_names_its_policy_and_those_open_to_strangers_are_these_alone()
    {
        // With everything that settings can switch on.
        await using var node = TestNode.Start(accounts.Database, [.. AccountNode.Settings, ("Demo:Enabled", "true"), ("Jobs:Dashboard", "true")]);
        var routes = node.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var open = routes.Where(r => r.Metadata.OfType<IAllowAnonymous>().Any()).Select(r => "/" + r.RoutePattern.RawText!.TrimStart('/')).Distinct();

        Assert.True(routes.Count > 50);
        Assert.Equal(Open.Keys.Order(), open.Order());
        Assert.All(routes.Where(r => !r.Metadata.OfType<IAllowAnonymous>().Any()),
            r => Assert.Contains(r.Metadata.GetOrderedMetadata<IAuthorizeData>(), a => a.Policy is not null));
    }

    [Fact]
    public async Task A_route_without_a_policy_is_closed_to_everybody()
    {
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<IStartupFilter, ForgottenRoute>(), AccountNode.Settings);
        var organization = await Given.Organization(node);

        (await node.Client().Get(ForgottenRoute.Path)).ExpectError(HttpStatusCode.Unauthorized);
        (await organization.Admin.Http.Get(ForgottenRoute.Path)).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Admin.Http.Get("/api/v1/nothing")).ExpectError(HttpStatusCode.NotFound);
        (await node.Client().Get("/api/v1/nothing")).ExpectError(HttpStatusCode.NotFound);
        (await node.Client().Delete("/api/v1/auth/login")).ExpectError(HttpStatusCode.MethodNotAllowed);
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

    /// <summary>A route whose author forgot its policy, chosen as routing does it.</summary>
    private sealed class ForgottenRoute : IStartupFilter
    {
        public const string Path = "/api/v1/forgotten";

        private static readonly RouteEndpoint Endpoint = new(
            context => context.Response.WriteAsync("open"), RoutePatternFactory.Parse(Path), 0, EndpointMetadataCollection.Empty, null);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((HttpContext context, RequestDelegate rest) =>
            {
                if (context.Request.Path == Path) context.SetEndpoint(Endpoint);
                return rest(context);
            });
            next(app);
        };
    }
}
