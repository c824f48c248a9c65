using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace PyTake.Telemetry;

/// <summary>What Prometheus reads from a real node after real traffic.</summary>
public sealed partial class MetricsTests(MetricsTests.Scrape scrape) : IClassFixture<MetricsTests.Scrape>
{
    /// <summary>A node that has had traffic, and its metrics.</summary>
    public sealed class Scrape : IAsyncLifetime
    {
        public Traffic Traffic { get; private set; } = null!;
        public string Text { get; private set; } = "";

        /// <summary>Names of samples, as queries use them, with their labels.</summary>
        public ILookup<string, IReadOnlySet<string>> Samples { get; private set; } = null!;

        public double Value(string sample) => double.Parse(
            Text.Split('\n').Single(line => line.StartsWith(sample + " ", StringComparison.Ordinal))[(sample.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);

        public async ValueTask InitializeAsync()
        {
            Traffic = await Traffic.StartAsync();
            await Traffic.CustomerSendsPhotoAsync();
            await Traffic.RunAsync();
            await using var browser = await SignalRClient.ConnectAsync(Traffic.Node.Url, Traffic.Organization.Agent.Token);
            await browser.Join(Traffic.Conversation.Id);
            await Wait.Until(async () => (Text = await Traffic.Node.MetricsAsync()).Contains("pytake_outbound_numbers_stopped 1", StringComparison.Ordinal));
            Samples = Sample().Matches(Text).ToLookup(
                m => m.Groups["name"].Value, m => (IReadOnlySet<string>)Label().Matches(m.Groups["labels"].Value).Select(l => l.Groups["key"].Value).ToHashSet());
        }

        public ValueTask DisposeAsync() => Traffic.DisposeAsync();
    }

    [Theory]
    [InlineData("alerts.yml")]
    [InlineData("pytake.json")]
    public void Every_metric_that_dashboards_and_alerts_use_exists(string file)
    {
        // A label alone is not a metric.
        var text = LoneLabels().Replace(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Operations", file)).Replace("\\\"", "\"", StringComparison.Ordinal), "");
        var used = Metric().Matches(text).Select(m => (Name: m.Groups["name"].Value, Labels: Label().Matches(m.Groups["labels"].Value).Select(l => l.Groups["key"].Value).ToArray())).ToArray();

        Assert.True(used.Length > 20, "Nothing was found to look for");
        // The texts of alerts name histograms without a suffix.
        var missing = used.Where(u => !scrape.Samples[u.Name].Concat(scrape.Samples[u.Name + "_bucket"])
            .Any(labels => u.Labels.All(l => l is "job" or "instance" || labels.Contains(l))));
        Assert.Equal([], missing.Select(u => $"{u.Name}{{{string.Join(",", u.Labels)}}}").Distinct());
    }

    [Fact]
    public void Every_metric_of_a_node_is_on_the_dashboard()
    {
        var dashboard = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Operations", "pytake.json"));
        var families = scrape.Samples.Select(s => s.Key).Where(name => name.StartsWith("pytake_", StringComparison.Ordinal))
            .Select(name => HistogramPart().Replace(name, "")).Distinct().ToArray();

        Assert.True(families.Length > 30, "Nothing was found to look for");
        Assert.Equal([], families.Where(family => !dashboard.Contains(family, StringComparison.Ordinal)));
    }

    [Fact]
    public void Traffic_is_counted()
    {
        Assert.Equal(4, scrape.Value("pytake_webhooks_items_stored_total"));
        Assert.Equal(1, scrape.Value("pytake_media_downloads_total{result=\"stored\"}"));
        Assert.Equal(1, scrape.Value("pytake_media_download_lag_seconds_count"));
        Assert.Equal(1, scrape.Value("pytake_webhooks_refused_total{reason=\"signature\"}"));
        Assert.Equal(1, scrape.Value("pytake_webhooks_items_deferred{state=\"parked\"}"));
        Assert.Equal(1, scrape.Value("pytake_webhooks_items_deferrals_total{state=\"parked\"}"));
        Assert.Equal(0, scrape.Value("pytake_webhooks_items_waiting"));
        Assert.Equal(4, scrape.Value("pytake_webhooks_store_duration_seconds_count"));
        Assert.Equal(1, scrape.Value("pytake_outbound_sent_total"));
        Assert.Equal(1, scrape.Value("pytake_outbound_graph_errors_total{class=\"recipient\"}"));
        Assert.Equal(1, scrape.Value("pytake_outbound_waiting{state=\"queued\"}"));
        Assert.Equal(1, scrape.Value("pytake_realtime_connections{endpoint=\"signalr\"}"));
        Assert.Equal(1, scrape.Value("pytake_realtime_rooms"));
        Assert.Equal(1, scrape.Value("pytake_backplane_open"));
        Assert.True(scrape.Value("pytake_realtime_fan_out_duration_seconds_count") >= 4);
        Assert.Equal(0, scrape.Value("pytake_backplane_backlog_closed_total"));
        Assert.Contains("signalr_server_connection_duration_seconds_bucket{signalr_connection_status=\"normal_closure\",signalr_transport=\"web_sockets\",le=\"86400\"} ", scrape.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_label_says_who_it_was_about()
    {
        foreach (var secret in scrape.Traffic.Secrets) Assert.DoesNotContain(secret, scrape.Text, StringComparison.Ordinal);
        foreach (var id in (Guid[])[scrape.Traffic.Organization.Id, scrape.Traffic.Organization.Agent.Id, scrape.Traffic.Conversation.Id, scrape.Traffic.Organization.Number.Id])
            Assert.DoesNotContain(id.ToString(), scrape.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_finds_no_fault()
    {
        var promtool = await Processes.RunAsync(new ProcessStartInfo("promtool", ["check", "metrics"]), scrape.Text);

        Assert.Equal((0, "", ""), (promtool.ExitCode, promtool.Output, promtool.Errors));
    }

    [Fact]
    public async Task The_two_ports_have_nothing_in_common()
    {
        using var http = scrape.Traffic.Node.Client();

        (await http.Get("/metrics")).ExpectError(HttpStatusCode.NotFound);
        (await http.Get(new Uri(scrape.Traffic.Node.Metrics, "/health").ToString())).Expect(HttpStatusCode.NotFound);
        var metrics = (await http.Get(scrape.Traffic.Node.Metrics.ToString())).Expect(HttpStatusCode.OK);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Header("Content-Type"));
        Assert.DoesNotContain("server", metrics.Headers.Keys);
    }

    [Theory]
    [InlineData("9464")]
    [InlineData("https://127.0.0.1:9464")]
    [InlineData("http://127.0.0.1:9464/metrics")]
    public async Task An_invalid_address_stops_the_start(string url)
    {
        var settings = TestNode.Usual(scrape.Traffic.Database).Select(s => (s.Key, s.Value)).Append(("Operations:MetricsUrl", url));

        var (exitCode, output) = await ServerProcess.Run([], [.. settings]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("Operations:MetricsUrl must be an address like", output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_]\w*)(\{(?<labels>.*)\})? \S+$", RegexOptions.Multiline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<key>[a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\{\{.*?\}\}|\b(by|on|without) ?\([^)]*\)")]
    private static partial Regex LoneLabels();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();

    // Matches the metrics in a query: our names and the framework's begin with one of these words.
    [GeneratedRegex(@"\b(?<name>(pytake|signalr|kestrel|http|db|dotnet)_[a-z0-9_]+)(\{(?<labels>[^}]*)\})?")]
    private static partial Regex Metric();
}
