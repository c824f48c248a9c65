using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>Calls every route as a user who may not.</summary>
public sealed class TenancyTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    // Routes of a conversation, with a body for which an agent of its organization gets a 2xx.
    private static readonly Dictionary<string, object?> Bodies = new()
    {
        ["GET /api/v1/conversations/{id:guid}"] = null,
        ["PUT /api/v1/conversations/{id:guid}"] = new { priority = "high" },
        ["GET /api/v1/conversations/{id:guid}/messages"] = null,
        ["POST /api/v1/conversations/{id:guid}/messages"] = new { message_type = "text", content = new { text = "oi" } },
        ["POST /api/v1/conversations/{id:guid}/messages/{messageId:guid}/retry"] = null,
        ["POST /api/v1/conversations/{id:guid}/notes"] = new { text = "oi" },
        ["POST /api/v1/conversations/{id:guid}/control/take"] = null,
        ["POST /api/v1/conversations/{id:guid}/control/release"] = null,
        ["POST /api/v1/conversations/{id:guid}/read"] = null,
        ["POST /api/v1/conversations/{id:guid}/unread"] = null,
        ["POST /api/v1/conversations/{id:guid}/assign"] = new { agent_id = (Guid?)null },
        ["POST /api/v1/conversations/{id:guid}/transfer"] = new { agent_id = "$agent" },
        ["POST /api/v1/conversations/{id:guid}/close"] = null,
        ["POST /api/v1/conversations/{id:guid}/reopen"] = null,
    };

    [Fact]
    public void Every_route_is_covered() => Assert.Equal(
        Routes().Where(r => r.Route.StartsWith("/api/v1/conversations") && r.Route.Contains('{')).Select(r => $"{r.Method} {r.Route}").Order(),
        Bodies.Keys.Order());

    [Fact]
    public async Task Another_organizations_conversation_is_not_there()
    {
        var (organization, stranger) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var conversation = await Given.OpenConversation(organization);
        var message = await Given.InboundMessage(conversation, "segredo");
        var before = (await organization.Agent.Http.Get(conversation.Path)).Text;

        foreach (var (route, body) in Bodies)
        {
            var (method, path) = Fill(route, conversation.Id, message.Id);
            var theirs = await stranger.Admin.Http.Send(method, path, For(body, stranger));
            var nobodys = await stranger.Admin.Http.Send(method, Fill(route, Guid.NewGuid(), Guid.NewGuid()).Path, For(body, stranger));

            theirs.ExpectError(HttpStatusCode.NotFound);
            Assert.Equal(nobodys.Text, theirs.Text);
        }
        Assert.Equal(before, (await organization.Agent.Http.Get(conversation.Path)).Text);
        Assert.Equal("[]", (await stranger.Admin.Http.Get("/api/v1/conversations")).Text);
        Assert.Equal("[]", (await stranger.Admin.Http.Get("/api/v1/conversations?changed_after=0")).Text);
        Assert.Equal("[]", (await stranger.Admin.Http.Get("/api/v1/conversations?q=segredo")).Text);
        (await stranger.Admin.Http.Post("/api/v1/queue/pull")).ExpectError(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_viewer_reads_and_never_writes()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);

        foreach (var (route, body) in Bodies)
        {
            var (method, path) = Fill(route, conversation.Id, Guid.NewGuid());
            var answer = await organization.Viewer.Http.Send(method, path, For(body, organization));
            if (method == HttpMethod.Get) answer.Expect(HttpStatusCode.OK);
            else answer.ExpectError(HttpStatusCode.Forbidden);
        }
        (await organization.Viewer.Http.Post("/api/v1/conversations", new { })).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Viewer.Http.Post("/api/v1/queue/pull")).ExpectError(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Nothing_is_returned_without_a_token()
    {
        using var nobody = fixture.Node.Client();

        foreach (var (method, route, endpoint) in Routes().Where(r => r.Route.StartsWith("/api/v1/") && !IsPublic(r.Endpoint)))
        {
            Assert.NotEmpty(endpoint.Metadata.OfType<IAuthorizeData>());
            var (_, path) = Fill($"{method} {route}", Guid.NewGuid(), Guid.NewGuid());
            var answer = await nobody.Send(new HttpMethod(method), path, null);
            if (method == "HEAD") answer.Expect(HttpStatusCode.Unauthorized);
            else answer.ExpectError(HttpStatusCode.Unauthorized);
        }
    }

    // Called without a token: those that issue one, and the webhook, which Meta signs.
    private static bool IsPublic(RouteEndpoint endpoint) => endpoint.Metadata.OfType<IAllowAnonymous>().Any()
        || new[] { "/api/v1/auth/", "/api/v1/whatsapp/webhook", "/api/v1/webhooks/" }.Any(endpoint.RoutePattern.RawText!.StartsWith);

    private IEnumerable<(string Method, string Route, RouteEndpoint Endpoint)> Routes()
        => from endpoint in fixture.Node.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
           select (method, "/" + endpoint.RoutePattern.RawText!.Trim('/'), endpoint);

    private static (HttpMethod Method, string Path) Fill(string route, Guid conversation, Guid message)
    {
        var parts = route.Split(' ');
        var path = System.Text.RegularExpressions.Regex.Replace(
            parts[1].Replace("{id:guid}", conversation.ToString()).Replace("{messageId:guid}", message.ToString()),
            @"\{[^}]*\}", rest => rest.Value.EndsWith(":guid}") ? Guid.NewGuid().ToString() : "1");
        return (new HttpMethod(parts[0]), path);
    }

    private static object? For(object? body, TestOrganization organization)
        => body is null ? null : System.Text.Json.JsonSerializer.Serialize(body, Wire.Options).Replace("$agent", organization.Agent.Id.ToString());
}
