using System.Net;
using System.Text.RegularExpressions;
using PyTake.Media;

namespace PyTake.Accounts;

public sealed class MediaCookieTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task It_opens_files_until_the_session_ends_and_nothing_else()
    {
        var user = await accounts.Register();
        var login = (await accounts.LogIn(user.Email)).Expect(HttpStatusCode.OK);
        var cookie = CookieOf(login);
        var (token, refresh) = (login.Body.GetProperty("access_token").GetString(), login.Body.GetProperty("refresh_token").GetString()!);
        var url = await UploadTests.Upload(new TestUser(user.UserId, user.OrganizationId, user.Email, Role.OrgAdmin, Guid.Empty, "", user.Http), Samples.Pdf(), "a.pdf");

        Assert.Equal(HttpStatusCode.OK, await Get(url, cookie));
        Assert.Equal(HttpStatusCode.Unauthorized, await Get("/api/v1/auth/me", cookie));
        Assert.Equal(HttpStatusCode.Unauthorized, (await accounts.Node.Client().Send(HttpMethod.Post, "/api/v1/media", null, ("Cookie", cookie))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await accounts.Node.Client(cookie.Split('=')[1]).Get("/api/v1/auth/me")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(url, $"pytake_media={token}"));
        Assert.Equal(HttpStatusCode.NotFound, await Get(url, CookieOf(await accounts.LogIn((await accounts.Register()).Email))));

        var renewed = CookieOf((await accounts.Refresh(refresh)).Expect(HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, await Get(url, renewed));

        var logout = (await accounts.Node.Client(token).Post("/api/v1/auth/logout", new { refresh_token = refresh })).Expect(HttpStatusCode.OK);
        Assert.StartsWith("pytake_media=;", WholeCookieOf(logout), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(url, cookie));
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(url, renewed));
        // Another session of the same user goes on.
        Assert.Equal(HttpStatusCode.OK, await Get(url, CookieOf(await accounts.LogIn(user.Email))));
    }

    [Fact]
    public async Task No_script_reads_it_no_other_site_sends_it_and_it_goes_only_where_files_are()
    {
        var user = await accounts.Register();
        var attributes = WholeCookieOf(await accounts.LogIn(user.Email)).ToLowerInvariant().Split("; ");

        Assert.Contains("httponly", attributes);
        Assert.Contains("samesite=strict", attributes);
        Assert.Contains("path=/api/v1/media", attributes);
        Assert.DoesNotContain("secure", attributes);
        // As nginx says it of a browser that came by TLS.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/auth/login")
        {
            Content = System.Net.Http.Json.JsonContent.Create(new { email = user.Email, password = AccountNode.Password }),
            Headers = { { "X-Forwarded-Proto", "https" }, { "X-Forwarded-For", "203.0.113.7" } },
        };
        using var answer = await accounts.Node.Client().SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("; secure", answer.Headers.GetValues("Set-Cookie").Single(IsOfMedia), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain((await accounts.LogIn(user.Email, "wrong password")).Headers.Keys, name => name == "set-cookie");
    }

    private async Task<HttpStatusCode> Get(string url, string cookie)
        => (await accounts.Node.Client().Send(HttpMethod.Get, url, null, ("Cookie", cookie))).Status;

    private static string CookieOf(Answer answer) => WholeCookieOf(answer).Split(';')[0];

    private static string WholeCookieOf(Answer answer) => Regex.Split(answer.Header("set-cookie"), ", ?(?=pytake_)").Single(IsOfMedia);

    private static bool IsOfMedia(string cookie) => cookie.StartsWith("pytake_media=", StringComparison.Ordinal);
}
