using System.Diagnostics.Metrics;

namespace PyTake.Telemetry;

/// <summary>Histogram buckets in seconds. Each instrument carries its own as advice, so that all listeners use the same.</summary>
internal static class Buckets
{
    /// <summary>For operations that should take milliseconds.</summary>
    public static readonly InstrumentAdvice<double> Short = new()
    {
        HistogramBucketBoundaries = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    /// <summary>For operations that may wait in a queue, for hours in the worst case.</summary>
    public static readonly InstrumentAdvice<double> Long = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 21600],
    };

    /// <summary>For the lifetime of connections: browsers stay connected for a working day and longer.</summary>
    public static readonly double[] Connections = [1, 10, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800];
}
