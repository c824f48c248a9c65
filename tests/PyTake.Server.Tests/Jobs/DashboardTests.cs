using System.Net;
using System.Text.RegularExpressions;

namespace PyTake.Jobs;

public sealed partial class DashboardTests : IAsyncLifetime
{
    private const string Session = "/api/v1/ops/dashboard";
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private TestOrganization _operating = null!, _other = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await using (var first = TestNode.Start(_database))
            (_operating, _other) = (await Given.Organization(first), await Given.Organization(first));
        _node = TestNode.Start(_database, ("Operations:OrganizationId", $"{_operating.Id}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("/hangfire")]
    [InlineData("/hangfire/")]
    [InlineData("/HangFire/jobs/enqueued")]
    [InlineData("/hangfire/js0")]
    [InlineData("/hangfire/nothing")]
    public async Task Shows_nothing_to_who_has_no_session_even_from_this_machine(string path)
    {
        // The tests' requests come from loopback, which Hangfire lets in by default.
        (await _node.Client().Get(path)).ExpectError(HttpStatusCode.Unauthorized);
        (await _node.Client(_operating.Admin.Token).Get(path)).ExpectError(HttpStatusCode.Unauthorized);
        (await _node.Client().Post(path)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Offers_people_a_page_to_sign_in_with()
    {
        var answer = await _node.Client().Send(HttpMethod.Get, "/hangfire", null, ("Accept", "text/html,*/*"));

        answer.Expect(HttpStatusCode.Unauthorized);
        var nonce = Nonce().Match(answer.Header("Content-Security-Policy")).Groups[1].Value;
        Assert.Contains($"<script nonce=\"{nonce}\">", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Hangfire", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Opens_for_an_administrator_of_the_operating_organization_by_a_cookie_that_only_its_pages_get()
    {
        var opened = (await _node.Client(_operating.Admin.Token).Post(Session)).Expect(HttpStatusCode.OK);
        Assert.Equal("/hangfire", opened.Body.GetProperty("path").GetString());
        var cookie = opened.Header("Set-Cookie");
        foreach (var part in (string[])["path=/hangfire", "httponly", "samesite=strict", "max-age=900"])
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);

        var page = (await Browser(Value(cookie)).Get("/hangfire")).Expect(HttpStatusCode.OK);
        Assert.Contains("<title>Overview", page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Host=", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stays_shut_for_everybody_else()
    {
        foreach (var user in (TestUser[])[_operating.Agent, _operating.Viewer, _other.Admin])
        {
            var refused = (await _node.Client(user.Token).Post(Session)).ExpectError(HttpStatusCode.Forbidden);
            Assert.False(refused.Headers.ContainsKey("set-cookie"));
            (await Browser($"pytake_dashboard={user.Token}").Get("/hangfire")).ExpectError(HttpStatusCode.Forbidden);
        }
        (await _node.Client().Post(Session)).ExpectError(HttpStatusCode.Unauthorized);
        (await Browser("pytake_dashboard=x").Get("/hangfire")).ExpectError(HttpStatusCode.Unauthorized);
        var expired = Given.Token(_operating.Admin.Id, _operating.Id, "org_admin", _operating.Admin.SessionId, TimeSpan.FromMinutes(-1));
        (await Browser($"pytake_dashboard={expired}").Get("/hangfire")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Closes_with_the_session_or_the_right()
    {
        var browser = await SignedIn();
        (await browser.Get("/hangfire")).Expect(HttpStatusCode.OK);

        await _database.ExecuteAsync("update users set role = 'agent' where id = @Id", _operating.Admin);
        (await browser.Get("/hangfire")).ExpectError(HttpStatusCode.Forbidden);
        await _database.ExecuteAsync("update users set role = 'org_admin' where id = @Id; update sessions set revoked_at = now() where id = @SessionId", _operating.Admin);
        (await browser.Get("/hangfire")).ExpectError(HttpStatusCode.Unauthorized);
        var page = await browser.Send(HttpMethod.Get, "/hangfire", null, ("Accept", "text/html"));
        Assert.Contains("Sign in", page.Expect(HttpStatusCode.Unauthorized).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_something_only_for_who_read_its_page()
    {
        var browser = await SignedIn();
        using var nothing = new FormUrlEncodedContent([new("jobs[]", "1")]);
        (await browser.Send(HttpMethod.Post, "/hangfire/jobs/failed/requeue", nothing)).ExpectError(HttpStatusCode.Forbidden);

        var page = (await browser.Get("/hangfire/jobs/failed")).Expect(HttpStatusCode.OK);
        using var jobs = new FormUrlEncodedContent([new("jobs[]", "1")]);
        (await browser.Send(HttpMethod.Post, "/hangfire/jobs/failed/requeue", jobs, ("RequestVerificationToken", FormToken().Match(page.Text).Groups[1].Value)))
            .Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Is_not_there_with_the_built_in_engine()
    {
        await using var node = TestNode.Start(_database, ("Operations:OrganizationId", $"{_operating.Id}"), ("Jobs:Provider", JobOptions.BuiltIn));

        (await node.Client(_operating.Admin.Token).Get("/hangfire")).ExpectError(HttpStatusCode.NotFound);
        (await node.Client(_operating.Admin.Token).Post(Session)).ExpectError(HttpStatusCode.NotFound);
    }

    private async Task<HttpClient> SignedIn()
        => Browser(Value((await _node.Client(_operating.Admin.Token).Post(Session)).Expect(HttpStatusCode.OK).Header("Set-Cookie")));

    private HttpClient Browser(string cookie)
    {
        var client = _node.Client();
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        return client;
    }

    private static string Value(string cookie) => cookie.Split(';')[0];

    [GeneratedRegex("script-src 'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("csrf-token\" content=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
