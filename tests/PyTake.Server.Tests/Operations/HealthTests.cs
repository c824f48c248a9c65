using System.Net;
using System.Net.Sockets;

namespace PyTake.Operations;

public sealed class HealthTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly HttpClient _http = fixture.Node.Client();

    [Fact]
    public async Task Says_what_works_and_which_version_it_is()
    {
        var answer = (await _http.Get("/health")).Expect(HttpStatusCode.OK);

        Assert.Equal("healthy", answer.Body.GetProperty("services").GetProperty("postgresql").GetString());
        Assert.Equal(Health.Version, answer.Body.GetProperty("version").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+$", Health.Version);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/health/")]
    public async Task Needs_no_token(string path) => (await _http.Get(path)).Expect(HttpStatusCode.OK);

    [Fact]
    public async Task A_draining_node_is_alive_but_not_ready()
    {
        await using var node = TestNode.Start(fixture.Database);
        node.Get<Readiness>().Drain();
        using var http = node.Client();

        (await http.Get("/health/ready")).Expect(HttpStatusCode.ServiceUnavailable);
        (await http.Get("/health/live")).Expect(HttpStatusCode.OK);
        (await http.Get("/health")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_PostgreSQL_it_is_unhealthy_at_once()
    {
        await using var health = new Health("Host=127.0.0.1;Port=1;Username=nobody", () => true, _ => Task.FromResult(true));

        Assert.Equal("unhealthy", (await health.ReportAsync(TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task It_does_not_wait_for_a_PostgreSQL_that_hangs()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var health = new Health($"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=nobody", () => true, _ => Task.FromResult(true));

        var report = await health.ReportAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        Assert.Equal(new HealthReport("unhealthy", Health.Version, new("unhealthy", "healthy", "healthy")), report);
    }

    [Fact]
    public async Task Without_a_place_for_files_it_is_degraded_and_says_so()
    {
        await using var node = TestNode.Start(fixture.Database, ("Media:Folder", "/proc/nowhere"));

        var report = (await node.Client().Get("/health")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal("degraded", report.GetProperty("status").GetString());
        Assert.Equal("unhealthy", report.GetProperty("services").GetProperty("media").GetString());
    }

    [Fact]
    public async Task Without_Redis_it_is_degraded_and_keeps_working()
    {
        await using var health = new Health(fixture.Database.ConnectionString, () => false, _ => Task.FromResult(true));

        Assert.Equal("degraded", (await health.ReportAsync(TestContext.Current.CancellationToken)).Status);
    }
}
