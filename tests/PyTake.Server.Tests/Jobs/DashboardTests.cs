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
    public async Task Shows_nothing_without_a_session_even_to_local_requests(string path)
    {
        // The tests' requests come from loopback, which Hangfire lets in by default.
        (await _node.Client().Get(path)).ExpectError(HttpStatusCode.Unauthorized);
        (await _node.Client(_operating.Admin.Token).Get(path)).ExpectError(HttpStatusCode.Unauthorized);
        (await _node.Client().Post(path)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Offers_people_a_login_page()
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
        Assert.Contains("script-src 'self';", page.Header("content-security-policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Header("content-security-policy"), StringComparison.Ordinal);
        Assert.DoesNotMatch("<script(?![^>]* src=)|\\son[a-z]+=", page.Text);
        Assert.DoesNotContain("Host=", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stays_closed_to_everybody_else()
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
    public async Task Closes_when_the_session_or_the_right_ends()
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
    public async Task Accepts_a_change_only_with_its_pages_token()
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
    public async Task A_form_is_valid_on_any_node()
    {
        await using var other = TestNode.Start(_database, ("Operations:OrganizationId", $"{_operating.Id}"));
        var browser = await SignedIn();
        var page = (await browser.Get("/hangfire/jobs/failed")).Expect(HttpStatusCode.OK);
        using var elsewhere = other.Client();
        elsewhere.DefaultRequestHeaders.Add("Cookie", browser.DefaultRequestHeaders.GetValues("Cookie"));
        using var jobs = new FormUrlEncodedContent([new("jobs[]", "1")]);
        (await elsewhere.Send(HttpMethod.Post, "/hangfire/jobs/failed/requeue", jobs, ("RequestVerificationToken", FormToken().Match(page.Text).Groups[1].Value)))
            .Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Shows_each_nodes_own_figures_and_partitions()
    {
        await _database.ExecuteAsync("""
            insert into webhook_items (lane, received_at, attempts, kind, payload) values (7, now() - interval '3 hours', 0, 'message', '{}');
            insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error)
            values (1000001, 7, now(), 8, 'message', '{}', 'dead', 'It broke'), (1000002, 7, now(), 8, 'message', '{}', 'dead', 'It broke')
            """);
        // Another cluster in the same process, without any items.
        await using var elsewhere = await TestDatabase.CreateAsync();
        await using var stranger = TestNode.Start(elsewhere);
        var browser = await SignedIn();

        var home = (await browser.Get("/hangfire")).Expect(HttpStatusCode.OK).Text;
        foreach (var title in (string[])["Items a minute", "Items waiting", "Oldest waits for", "Deferred", "Dead-lettered", "Messages to send"])
            Assert.Contains(title, home, StringComparison.Ordinal);
        Assert.Contains("href=\"/operations\"", home, StringComparison.Ordinal);
        Assert.Equal(("1", "3 h", "0", "2", "0"), (Figure(home, "waiting"), Figure(home, "oldest"), Figure(home, "deferred"), Figure(home, "dead-lettered"), Figure(home, "to-send")));

        var partitions = (await browser.Get("/hangfire/partitions")).Expect(HttpStatusCode.OK).Text;
        Assert.Contains("<tr class=\"busy\"><td>7</td><td>none</td><td>1</td><td>3 h</td></tr>", partitions, StringComparison.Ordinal);
        Assert.Equal(PyTake.Nodes.Partitions.Count, PartitionRow().Count(partitions));
    }

    [Fact]
    public async Task Shows_items_being_processed()
    {
        await using var node = TestNode.Start(_database, ("Operations:OrganizationId", $"{_operating.Id}"), ("Workers:Enabled", "true"));
        var figures = node.Get<ReadWorkFigures>();
        await Wait.Until(async () => await figures(CancellationToken.None) is { ItemsAMinute: 0 }, TimeSpan.FromSeconds(30));

        Assert.Equal(HttpStatusCode.OK, await WhatsApp.Meta.Post(node, WhatsApp.Meta.Text(_operating.Number, "5511977770001", "Oi")));
        await Wait.Until(async () => await figures(CancellationToken.None) is { ItemsAMinute: > 0 }, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Does_not_exist_if_a_setting_closes_it()
    {
        await using var node = TestNode.Start(_database, ("Operations:OrganizationId", $"{_operating.Id}"), ("Jobs:Dashboard", "false"));

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

    private static string Figure(string page, string name)
        => Regex.Match(page, $"data-metric=\"pytake:{name}\"[^>]*>([^<]*)<").Groups[1].Value.Trim();

    [GeneratedRegex("<tr( class=\"busy\")?><td>")]
    private static partial Regex PartitionRow();

    [GeneratedRegex("csrf-token\" content=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
