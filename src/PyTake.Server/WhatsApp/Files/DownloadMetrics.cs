using System.Diagnostics.Metrics;
using PyTake.Telemetry;

namespace PyTake.WhatsApp.Files;

/// <summary>Metrics of what is fetched from WhatsApp.</summary>
internal sealed class DownloadMetrics
{
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _lag;

    public DownloadMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("PyTake.Media");
        _attempts = meter.CreateCounter<long>("pytake.media.downloads", "{attempt}", "Attempts to fetch a customer's file, by their result");
        _lag = meter.CreateHistogram("pytake.media.download.lag", "s", "From a message's receipt to its file being shown", advice: Buckets.Long);
        // So that a result that was never seen is zero and not missing.
        foreach (var result in typeof(DownloadResult).GetNestedTypes()) _attempts.Add(0, Result(result));
    }

    /// <summary>An attempt has ended.</summary>
    /// <param name="since">From the message's receipt.</param>
    public void Attempted(DownloadResult result, TimeSpan since)
    {
        _attempts.Add(1, Result(result.GetType()));
        if (result is DownloadResult.Stored) _lag.Record(since.TotalSeconds);
    }

    private static KeyValuePair<string, object?> Result(Type result) => new("result", result.Name.ToLowerInvariant());
}
