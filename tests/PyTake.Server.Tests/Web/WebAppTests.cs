using System.IO.Compression;
using System.Net;
using System.Text;

namespace PyTake.Web;

/// <summary>A node with a folder of assets like a build's.</summary>
public sealed class WebFixture : IAsyncLifetime
{
    public const string Script = "/assets/index-4f2a.js";
    public const string ScriptText = "console.log('a script that is long enough to be worth a compressed copy, or two of them');";
    public const string Page = "<!doctype html><title>PyTake</title>";

    private readonly string _root = Directory.CreateTempSubdirectory("pytake-web-").FullName;
    private readonly NodeFixture _database = new();

    public TestNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_root, "assets"));
        await File.WriteAllTextAsync(Path.Combine(_root, "index.html"), Page);
        await File.WriteAllTextAsync(_root + Script, ScriptText);
        await using (var brotli = new BrotliStream(File.Create(_root + Script + ".br"), CompressionLevel.SmallestSize))
            await brotli.WriteAsync(Encoding.UTF8.GetBytes(ScriptText));
        await using (var gzip = new GZipStream(File.Create(_root + Script + ".gz"), CompressionLevel.SmallestSize))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(ScriptText));
        await _database.InitializeAsync();
        Node = TestNode.Start(_database.Database, ("Web:Root", _root));
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}

public sealed class WebAppTests(WebFixture fixture) : IClassFixture<WebFixture>
{
    private readonly HttpClient _http = fixture.Node.Client();

    [Theory]
    [InlineData("/")]
    [InlineData("/index.html")]
    [InlineData("/login")]
    [InlineData("/inbox/0197a5b0-0000-7000-8000-000000000001?filter=mine")]
    [InlineData("/apis")]
    public async Task Its_page_is_served_at_every_path_that_a_browser_may_show(string path)
    {
        var answer = (await _http.Get(path)).Expect(HttpStatusCode.OK);

        Assert.Equal(WebFixture.Page, answer.Text);
        Assert.Equal("text/html; charset=utf-8", answer.Header("content-type"));
        Assert.Equal("no-cache", answer.Header("cache-control"));
    }

    [Theory]
    [InlineData("/api/v1/nothing")]
    [InlineData("/API/v1/nothing")]
    [InlineData("/api")]
    [InlineData("/hubs/nothing")]
    [InlineData("/openapi/nothing")]
    [InlineData("/metrics")]
    [InlineData("/health/nothing")]
    [InlineData("/assets/index-0000.js")]
    [InlineData("/favicon.ico")]
    public async Task It_never_replaces_a_missing_file_or_route(string path)
        => (await _http.Get(path)).ExpectError(HttpStatusCode.NotFound);

    [Theory]
    [InlineData("GET", "/health/live", HttpStatusCode.OK)]
    [InlineData("GET", "/api/v1/conversations", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/hubs/chat", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "/api/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("POST", "/inbox", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/v1/auth/login", HttpStatusCode.MethodNotAllowed)]
    public async Task Routes_answer_as_they_do_without_it(string method, string path, HttpStatusCode status)
    {
        using var answer = await _http.SendAsync(new HttpRequestMessage(new(method), path), TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("deflate", null)]
    [InlineData(null, null)]
    public async Task A_script_is_sent_in_the_smallest_encoding_that_the_browser_accepts(string? accepted, string? expected)
    {
        using var answer = await GetAsync(WebFixture.Script, ("Accept-Encoding", accepted));

        Assert.Equal(expected, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        Assert.Equal("text/javascript; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(WebFixture.ScriptText, await TextAsync(answer));
    }

    [Fact]
    public async Task A_script_whose_name_has_its_hash_is_cached_as_immutable()
    {
        using var answer = await GetAsync(WebFixture.Script);

        Assert.Equal(TimeSpan.FromDays(365), answer.Headers.CacheControl!.MaxAge);
        Assert.Contains(answer.Headers.CacheControl.Extensions, e => e.Name == "immutable");
    }

    [Fact]
    public async Task A_browser_that_has_it_already_gets_304()
    {
        using var first = await GetAsync("/", ("Accept-Encoding", "br"));

        using var again = await GetAsync("/inbox", ("Accept-Encoding", "br"), ("If-None-Match", first.Headers.ETag!.Tag));

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Empty(await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Each_encoding_has_its_own_ETag()
    {
        using var brotli = await GetAsync(WebFixture.Script, ("Accept-Encoding", "br"));
        using var plain = await GetAsync(WebFixture.Script);

        Assert.NotEqual(brotli.Headers.ETag, plain.Headers.ETag);
    }

    [Fact]
    public async Task HEAD_returns_the_headers_of_GET()
    {
        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, WebFixture.Script), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(WebFixture.ScriptText.Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task The_page_runs_no_script_but_the_apps_own_and_may_not_be_framed()
    {
        var answer = (await _http.Get("/login")).Expect(HttpStatusCode.OK);

        var policy = answer.Header("content-security-policy");
        foreach (var part in (string[])["default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'"])
            Assert.Contains(part, policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", answer.Header("x-content-type-options"));
        Assert.Equal("same-origin", answer.Header("referrer-policy"));
        Assert.Equal("DENY", answer.Header("x-frame-options"));
        // A script or a picture can be opened as a page of its own.
        Assert.Equal(policy, (await _http.Get(WebFixture.Script)).Header("content-security-policy"));
    }

    [Fact]
    public async Task Without_a_build_a_node_serves_the_API_alone()
    {
        await using var node = TestNode.Start(fixture.Node.Database, ("Web:Root", "no-such-folder"));
        using var http = node.Client();

        (await http.Get("/")).ExpectError(HttpStatusCode.NotFound);
        (await http.Get("/health/live")).Expect(HttpStatusCode.OK);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<string> TextAsync(HttpResponseMessage answer)
    {
        var bytes = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        Stream plain = answer.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(bytes, CompressionMode.Decompress),
            "gzip" => new GZipStream(bytes, CompressionMode.Decompress),
            _ => bytes,
        };
        using var reader = new StreamReader(plain);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
