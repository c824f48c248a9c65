using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace PyTake.Telemetry;

/// <summary>
/// Writes metrics in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), with names as in
/// OpenTelemetry's "Prometheus and OpenMetrics Compatibility". OpenTelemetry aggregates them; this class only formats them on request.
/// </summary>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();
    private readonly Lock _lock = new();
    private readonly BaseExportingMetricReader _reader;

    public PrometheusText() => _reader = new BaseExportingMetricReader(this);

    /// <summary>The reader to add to the meter provider.</summary>
    public MetricReader Reader => _reader;

    /// <summary>Collects and formats all metrics.</summary>
    public string Read()
    {
        lock (_lock)
        {
            _text.Clear();
            _reader.Collect();
            return _text.ToString();
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch) Write(metric);
        return ExportResult.Success;
    }

    private void Write(Metric metric)
    {
        var (name, type) = (PrometheusName.Of(metric), TypeOf(metric));
        var hasHead = false;
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (!hasHead) WriteHead(name, type, metric.Description);
            hasHead = true;
            if (metric.MetricType == MetricType.Histogram) WriteHistogram(name, in point);
            else WriteSample(name, "", in point, null, ValueOf(metric.MetricType, in point));
        }
    }

    private void WriteHead(string name, string type, string description)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(description.Length > 0 ? description : name, quotes: false)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            WriteSample(name, "_bucket", in point, Number(bucket.ExplicitBound), count);
        }
        WriteSample(name, "_sum", in point, null, point.GetHistogramSum());
        WriteSample(name, "_count", in point, null, point.GetHistogramCount());
    }

    private void WriteSample(string name, string suffix, in MetricPoint point, string? bound, double value)
    {
        _text.Append(name).Append(suffix);
        var separator = '{';
        foreach (var (key, tag) in point.Tags)
        {
            WriteLabel(separator, PrometheusName.OfLabel(key), TextOf(tag));
            separator = ',';
        }
        if (bound is not null)
        {
            WriteLabel(separator, "le", bound);
            separator = ',';
        }
        if (separator == ',') _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void WriteLabel(char separator, string key, string value)
        => _text.Append(separator).Append(key).Append("=\"").Append(Escape(value, quotes: true)).Append('"');

    private static string TypeOf(Metric metric) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        _ => "gauge",
    };

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        _ => throw new NotSupportedException($"Metrics of type {type} are not supported"),
    };

    private static string TextOf(object? tag) => tag switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Number(double value)
        => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text, bool quotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
