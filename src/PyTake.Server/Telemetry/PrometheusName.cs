using System.Collections.Concurrent;
using System.Text;
using OpenTelemetry.Metrics;

namespace PyTake.Telemetry;

/// <summary>Converts OpenTelemetry's metric names to Prometheus': underscores, and the unit and the type as suffixes.</summary>
internal static class PrometheusName
{
    private static readonly ConcurrentDictionary<(string Name, string Unit, MetricType Type), string> Known = new();

    public static string Of(Metric metric)
        => Known.GetOrAdd((metric.Name, metric.Unit, metric.MetricType), key => Of(key.Name, key.Unit, key.Type));

    /// <param name="name">Such as <c>pytake.webhooks.store.duration</c>.</param>
    /// <param name="unit">UCUM: s, By, 1, or a word in braces.</param>
    public static string Of(string name, string unit, MetricType type)
    {
        var spelled = OfLabel(name);
        if (UnitWord(unit, type) is { } word && !spelled.Split('_').Contains(word)) spelled += "_" + word;
        if (type is MetricType.LongSum or MetricType.DoubleSum) return spelled.EndsWith("_total", StringComparison.Ordinal) ? spelled : spelled + "_total";
        return type is MetricType.Histogram ? spelled : WithoutCount(spelled);
    }

    public static string OfLabel(string key)
    {
        var spelled = new StringBuilder(key.Length);
        foreach (var letter in key)
            if (char.IsAsciiLetterOrDigit(letter)) spelled.Append(letter);
            else if (spelled.Length > 0 && spelled[^1] != '_') spelled.Append('_');
        if (spelled.Length == 0 || char.IsAsciiDigit(spelled[0])) spelled.Insert(0, '_');
        return spelled.ToString();
    }

    private static string? UnitWord(string unit, MetricType type) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "1" when type is MetricType.LongGauge or MetricType.DoubleGauge => "ratio",
        _ => null,
    };

    // Prometheus reserves _count for histograms: db.client.connection.count becomes db_client_connections.
    private static string WithoutCount(string name)
    {
        if (!name.EndsWith("_count", StringComparison.Ordinal)) return name;
        var one = name[..^"_count".Length];
        return one.EndsWith('y') ? one[..^1] + "ies" : one + "s";
    }
}
