using System.Collections.Concurrent;
using System.Diagnostics;

namespace PyTake.Telemetry;

/// <summary>Records the spans of a test's own traces, from all nodes in this process; it ignores the traces of other tests.</summary>
public sealed class Recorder : IDisposable
{
    private readonly ConcurrentDictionary<ActivityTraceId, bool> _traces = new();
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public Recorder()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Tracing.Name or "Microsoft.AspNetCore" or "Npgsql" or "System.Net.Http",
            Sample = (ref options) => _traces.ContainsKey(options.TraceId) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Starts to record a new trace.</summary>
    public ActivityTraceId Begin()
    {
        var trace = ActivityTraceId.CreateRandom();
        _traces[trace] = true;
        return trace;
    }

    /// <summary>The header with which a caller passes its trace.</summary>
    public static (string, string) Header(ActivityTraceId trace, bool recorded = true)
        => ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-{(recorded ? "01" : "00")}");

    /// <summary>The spans of a trace that have ended.</summary>
    public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _spans.Where(s => s.TraceId == trace)];

    /// <summary>The trace's only span with this name, once it has ended.</summary>
    public async Task<Activity> FindAsync(ActivityTraceId trace, string name, Func<Activity, bool>? where = null)
    {
        IEnumerable<Activity> Found() => Of(trace).Where(s => s.DisplayName == name && where?.Invoke(s) is not false);
        await Wait.Until(() => Found().Any());
        return Found().Single();
    }

    public void Dispose() => _listener.Dispose();
}
