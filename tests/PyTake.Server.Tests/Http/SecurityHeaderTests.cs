using System.Net;

namespace PyTake.Http;

public sealed class SecurityHeaderTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Theory]
    [InlineData("GET", "/health", HttpStatusCode.OK)]
    [InlineData("GET", "/openapi/v1.json", HttpStatusCode.OK)]
    [InlineData("GET", "/api/v1/conversations", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("PATCH", "/api/v1/auth/login", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/api/v1/auth/login", HttpStatusCode.UnprocessableEntity)]
    [InlineData("POST", "/hubs/chat/negotiate", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/socket.io/?EIO=4&transport=polling", HttpStatusCode.OK)]
    public async Task Every_answer_is_neither_stored_nor_guessed_nor_run_nor_framed(string method, string path, HttpStatusCode status)
        => Closed((await fixture.Node.Client().Send(new(method), path, null)).Expect(status));

    [Fact]
    public async Task So_are_the_answers_of_somebody_who_is_logged_in_and_those_of_the_error_handler()
    {
        var organization = await Given.Organization(fixture.Node);

        Closed((await organization.Agent.Http.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK));
        Closed((await organization.Agent.Http.Get("/api/v1/conversations?limit=x")).Expect(HttpStatusCode.UnprocessableEntity));
        await fixture.Database.ExecuteAsync("alter table canned_responses rename to elsewhere");
        try
        {
            Closed((await organization.Agent.Http.Get("/api/v1/canned-responses")).Expect(HttpStatusCode.InternalServerError));
        }
        finally
        {
            await fixture.Database.ExecuteAsync("alter table elsewhere rename to canned_responses");
        }
    }

    [Fact]
    public async Task A_node_leaves_transport_security_to_nginx_where_TLS_ends()
        => Assert.DoesNotContain("strict-transport-security", (await fixture.Node.Client().Get("/health")).Headers.Keys);

    private static void Closed(Answer answer)
    {
        Assert.Contains("no-store", answer.Header("cache-control"), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Header("x-content-type-options"));
        Assert.StartsWith("default-src 'none';", answer.Header("content-security-policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", answer.Header("content-security-policy"), StringComparison.Ordinal);
        Assert.Equal("DENY", answer.Header("x-frame-options"));
        Assert.Equal("no-referrer", answer.Header("referrer-policy"));
        Assert.Equal("same-origin", answer.Header("cross-origin-resource-policy"));
    }
}
