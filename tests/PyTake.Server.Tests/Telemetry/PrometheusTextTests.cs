using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using PyTake.Database;

namespace PyTake.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new($"PrometheusText.{Guid.NewGuid():N}");
    private readonly PrometheusText _text = new();
    private readonly MeterProvider _provider;

    public PrometheusTextTests() => _provider = Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddReader(_text.Reader).Build();

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    [Theory]
    [InlineData("pytake.webhooks.items.stored", "{item}", MetricType.LongSum, "pytake_webhooks_items_stored_total")]
    [InlineData("pytake.webhooks.store.duration", "s", MetricType.Histogram, "pytake_webhooks_store_duration_seconds")]
    [InlineData("signalr.server.active_connections", "{connection}", MetricType.LongSumNonMonotonic, "signalr_server_active_connections")]
    [InlineData("dotnet.gc.last_collection.heap.size", "By", MetricType.LongSumNonMonotonic, "dotnet_gc_last_collection_heap_size_bytes")]
    [InlineData("dotnet.gc.pause.time", "s", MetricType.DoubleSum, "dotnet_gc_pause_time_seconds_total")]
    [InlineData("db.client.connection.count", "{connection}", MetricType.LongSumNonMonotonic, "db_client_connections")]
    [InlineData("dotnet.assembly.count", "{assembly}", MetricType.LongSumNonMonotonic, "dotnet_assemblies")]
    [InlineData("dotnet.thread_pool.work_item.count", "{work_item}", MetricType.LongSum, "dotnet_thread_pool_work_item_count_total")]
    [InlineData("db.client.operation.npgsql.bytes_read", "By", MetricType.LongSum, "db_client_operation_npgsql_bytes_read_total")]
    [InlineData("share.used", "1", MetricType.DoubleGauge, "share_used_ratio")]
    [InlineData("wait_seconds", "s", MetricType.DoubleGauge, "wait_seconds")]
    [InlineData("2xx//odd", "", MetricType.LongGauge, "_2xx_odd")]
    public void Names_are_spelled_as_Prometheus_does(string name, string unit, MetricType type, string spelled)
        => Assert.Equal(spelled, PrometheusName.Of(name, unit, type));

    [Fact]
    public void Counters_are_sums_by_their_tags()
    {
        var counter = _meter.CreateCounter<long>("a.b", "{x}", "What it\ncounts \\ here");
        counter.Add(2, new KeyValuePair<string, object?>("http.route", "/a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("http.route", "/a\"b\\c\nd"));
        counter.Add(1);
        counter.Add(1, new("flag", true), new("nothing", null));

        Assert.Equal([
            @"# HELP a_b_total What it\ncounts \\ here",
            "# TYPE a_b_total counter",
            "a_b_total 1",
            "a_b_total{flag=\"true\",nothing=\"\"} 1",
            @"a_b_total{http_route=""/a\""b\\c\nd""} 5",
        ], Sorted());
    }

    [Fact]
    public void Histograms_add_up_from_bucket_to_bucket()
    {
        var histogram = _meter.CreateHistogram("lag", "s", "Lag", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var value in (double[])[0.25, 0.5, 0.75, 7]) histogram.Record(value, new KeyValuePair<string, object?>("to", "x"));

        Assert.Equal([
            "# HELP lag_seconds Lag",
            "# TYPE lag_seconds histogram",
            "lag_seconds_bucket{to=\"x\",le=\"0.5\"} 2",
            "lag_seconds_bucket{to=\"x\",le=\"1\"} 3",
            "lag_seconds_bucket{to=\"x\",le=\"+Inf\"} 4",
            "lag_seconds_sum{to=\"x\"} 8.5",
            "lag_seconds_count{to=\"x\"} 4",
        ], Lines());
    }

    [Fact]
    public void Gauges_report_the_current_value()
    {
        var value = 1.5;
        _meter.CreateObservableGauge("now", () => value, "s", "Now");
        var updown = _meter.CreateUpDownCounter<int>("open", "{door}", "Open doors");
        updown.Add(5);
        Assert.Contains("now_seconds 1.5", Lines());

        value = double.NaN;
        updown.Add(-3);

        Assert.Contains("now_seconds NaN", Lines());
        Assert.Contains("open 2", Lines());
        Assert.Contains("# TYPE open gauge", Lines());
    }

    [Fact]
    public void A_gauge_that_reports_nothing_any_more_is_not_shown_with_its_last_value()
    {
        var known = true;
        _meter.CreateObservableGauge<int>("depth", () => known ? [new Measurement<int>(7)] : [], description: "Depth");
        Assert.Contains("depth 7", Lines());

        known = false;

        Assert.Empty(Lines());
    }

    [Fact]
    public void No_reader_gets_half_a_page()
    {
        var counter = _meter.CreateCounter<long>("reads", description: "Reads");
        counter.Add(1);

        Parallel.For(0, 100, _ => Assert.Equal(["# HELP reads_total Reads", "# TYPE reads_total counter", "reads_total 1"], Lines()));
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>("hot", description: "Hot");
        var histogram = _meter.CreateHistogram("hot.time", "s", "Hot", advice: Buckets.Short);
        void Measure(int times)
        {
            for (var i = 0; i < times; i++)
            {
                counter.Add(1);
                counter.Add(1, new KeyValuePair<string, object?>("cause", "hole"));
                histogram.Record(0.001);
                histogram.Record(0.01, new KeyValuePair<string, object?>("result", "accepted"));
            }
        }
        Measure(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Measure(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private string[] Lines() => _text.Read().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string[] Sorted() => [.. Lines().Order(StringComparer.Ordinal)];
}
