namespace PyTake.Telemetry;

/// <summary>What is sent to a collector, configured by the standard variables alone.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task A_collector_gets_traces_metrics_and_logs_without_what_was_said()
    {
        await using var collector = await Collector.StartAsync();
        await using var traffic = await Traffic.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_SERVICE_NAME", "pytake-under-test"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests"), ("Operations:MetricsUrl", ""), ("Node:Name", "node-observed"));
        await traffic.RunAsync();
        await traffic.Node.StopAsync();

        foreach (var signal in (string[])["traces", "metrics", "logs"])
        {
            var text = collector.Of(signal);
            Assert.True(text.Length > 0, $"No {signal} came. The node: {string.Join('\n', traffic.Node.Output)}");
            Assert.All((string[])["pytake-under-test", "node-observed", "deployment.environment.name"], word => Assert.Contains(word, text, StringComparison.Ordinal));
            Assert.All(traffic.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
        }
        Assert.All(
            (string[])["POST /api/v1/conversations/{id:guid}/messages", "http.response.status_code", "POST /api/v1/whatsapp/webhook", "process webhook item", "fan out", "send message", "join_conversation", "insert into webhook_items"],
            name => Assert.Contains(name, collector.Of("traces"), StringComparison.Ordinal));
        Assert.All(
            (string[])["pytake.webhooks.items.stored", "pytake.realtime.connections", "pytake.webhooks.items.waiting", "http.server.request.duration", "db.client.operation.duration"],
            name => Assert.Contains(name, collector.Of("metrics"), StringComparison.Ordinal));
        Assert.Contains("sends nothing until it is saved again", collector.Of("logs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_switched_off_is_not_sent()
    {
        await using var collector = await Collector.StartAsync();
        await using var traffic = await Traffic.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none"), ("OTEL_TRACES_SAMPLER", "always_off"));
        await traffic.CustomerWritesAsync(Traffic.Secret("inbound"));
        await traffic.Node.StopAsync();

        Assert.All((string[])["traces", "metrics", "logs"], signal => Assert.Equal("", collector.Of(signal)));
    }

    [Fact]
    public async Task A_collector_that_does_not_answer_is_named_in_the_log()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = await NodeProcess.StartAsync(database, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        await node.StopAsync();

        Assert.All((string[])["traces", "metrics"], signal => Assert.Contains(node.Output, line => line.Contains($"http://127.0.0.1:9/v1/{signal}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_unsupported_exporter_stops_the_start()
    {
        var settings = new (string, string)[] { ("OTEL_TRACES_EXPORTER", "jaeger") };

        var (exitCode, output) = await ServerProcess.Run([], settings);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("OTEL_TRACES_EXPORTER is jaeger; it may be otlp or none", output, StringComparison.Ordinal);
    }
}
